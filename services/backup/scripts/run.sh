# ready: makes the repository, once for each target. One that was there and is gone is no reason to begin anew: a
# folder that isn't mounted looks like that.
ready() {
  if ! was_made; then
    code=0
    brief init >/dev/null || code=$?
    if [ "$code" = 0 ]; then
      say "made a repository at the target"
    elif ! grep -q 'already exists\|already initialized' "$state/words"; then
      cat "$state/words" >&2
      fail "the target: $(explained "$code")"
    fi
  fi
  # What the new password opens already is backed up all the same: the former one may be refused later.
  follow_password || say "the new password: $(explained "$code")"
  code=0
  brief cat config >/dev/null || code=$?
  [ "$code" = 0 ] || fail "the target: $(explained "$code")"
  echo "${BACKUP_FOLDER:-$RESTIC_REPOSITORY}" >"$state/repository"
}

# keep WHAT ARGUMENTS: one snapshot of this run.
keep() {
  what=$1
  shift
  own_restic "$what" backup --quiet --tag part --time "$stamp" "$@"
}

# names_of_databases SERVER
names_of_databases() {
  if is_own "$1"; then
    sql "$1" postgres -c "select datname from pg_database where not datistemplate and datname <> 'postgres' and $not_beside order by 1"
  else
    sql "$1" "" -c 'select current_database()'
  fi
}

# version_of SERVER: such as 150008.
version_of() {
  if is_own "$1"; then sql "$1" postgres -c 'show server_version_num'; else sql "$1" "" -c 'show server_version_num'; fi
}

# major_of PROGRAM: such as 15, of "pg_dump (PostgreSQL) 15.8".
major_of() { "$1" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/'; }

# One transaction sees the database at one moment: its snapshot is dumped, and its rows are counted.
dump_databases() {
  for server in $(each_server); do dump_server; done
}

dump_server() {
  names_of_databases "$server" >"$work/databases" 2>"$state/words" || fail "$server: $(psql_reason "$state/words")"
  version=$(version_of "$server")
  own=$(major_of pg_dump)
  [ "$own" -ge $((version / 10000)) ] ||
    fail "$server: is PostgreSQL $((version / 10000)), and pg_dump here is $own; name an image of $((version / 10000)) or newer in berth:images.backup"
  printf 'server\t%s\t%s\t%s\n' "$server" "$version" "$own" >>"$work/manifest"
  while IFS= read -r name <&3; do
    export server name stamp
    rm -f "$work/dumped"
    code=0
    sql "$server" "$name" 5>&2 >"$work/rows" 2>"$work/psql" <<SQL || code=$?
set idle_in_transaction_session_timeout = 0;
set statement_timeout = 0;
begin isolation level repeatable read read only;
select pg_export_snapshot() as snapshot \\gset
\\setenv snapshot :snapshot
\\! $busybox sh $self dump >&5 2>&5
\\f '\t'
$count_rows
commit;
SQL
    cat "$work/psql" >&2
    # It has said why.
    [ -e "$work/dumped" ] || [ ! -s "$reason" ] || exit 1
    [ -e "$work/dumped" ] || fail "$(title "$server/$name") could not be dumped: $(psql_reason "$work/psql")"
    [ "$code" = 0 ] || fail "$(title "$server/$name"): $(tail -n 1 "$work/psql")"
    size=$(sql "$server" "$name" -c 'select pg_database_size(current_database())' 2>/dev/null || echo 0)
    printf 'database\t%s\t%s\t%s\n' "$server" "$name" "$size" >>"$work/manifest"
    place="rows	$server	$name	" awk '{ print ENVIRON["place"] $0 }' "$work/rows" >>"$work/manifest"
    say "$(title "$server/$name")"
  done 3<"$work/databases"
}

# Uncompressed, so that restic finds what hasn't changed; it compresses by itself.
dump() {
  keep "$(title "$server/$name")" --stdin-filename "$databases/$server/$name.dump" --stdin-from-command -- \
    pg_dump -Fc -Z0 --snapshot="${snapshot:?}" -d "$(reach "$server" "$name")"
  : >"$work/dumped"
}

# A file's name may hold it, and a line of the manifest may not.
newline='
'

# each_file COMMAND…: it, with the files of all volumes that are data's; what a restore has laid beside them isn't. A
# file that is gone before the command comes to it was somebody's to delete, and whatever else is wrong with one stays.
each_file() {
  find . \( -path './*/.berth-*' -o -path './*/.minio.sys/tmp' -o -name "*$newline*" \) -prune -o -type f -print0 >"$work/names" 2>"$work/lost" || true
  code=0
  xargs -0 -r "$@" <"$work/names" 2>>"$work/lost" || code=$?
  # 123 is that of a command that was run and failed (https://www.man7.org/linux/man-pages/man1/xargs.1.html).
  case $code in 0 | 1 | 123) ;; *) fail "volumes: $(tail -n 1 "$work/lost")" ;; esac
  ! grep -v 'No such file or directory' "$work/lost" >"$work/unread" || fail "volumes: $(head -n 1 "$work/unread")"
}

looks() { each_file stat -c '%i %s %Y %Z %n'; }

# A file that changes meanwhile may be kept as it was or as it is; the manifest holds those alone that didn't.
keep_volumes() {
  [ "$(ls "$volumes" 2>/dev/null)" ] || return 0
  cd "$volumes"
  looks >"$work/before"
  each_file sha256sum >"$work/sums"
  reading=$(date +%s)
  keep_tree
  keep_objects
  looks >"$work/after"
  awk 'FNR == 1 { file++ }
    { line = $0; path = $0 }
    file < 3 { sub(/^[0-9]+ [0-9]+ [0-9]+ [0-9]+ /, "", path) }
    file == 1 { before[path] = line }
    file == 2 && before[path] == line { same[path] = 1 }
    file == 3 { sub(/^[0-9a-f]+  /, "", path); if (path in same) print "file\t" substr(line, 1, 64) "\t" path }' \
    "$work/before" "$work/after" "$work/sums" >>"$work/manifest"
  for volume in *; do
    awk -v volume="$volume" '{ path = $0; sub(/^[0-9]+ [0-9]+ [0-9]+ [0-9]+ /, "", path) }
      index(path, "./" volume "/") == 1 { n++; size += $2 }
      END { printf "volume\t%s\t%d\t%.0f\n", volume, n, size }' "$work/after" >>"$work/manifest"
    say "volume $volume"
  done
  cd /
}

# restic ends with 3 when it couldn't read a file; one that is gone by then was somebody's to delete.
keep_tree() {
  what=volumes code=0
  patient backup --quiet --tag part --time "$stamp" \
    --exclude "$volumes/*/.minio.sys/tmp" --exclude "$volumes/*/.berth-*" "$volumes" || code=$?
  [ "$code" != 0 ] || return 0
  cat "$state/words" >&2
  [ "$code" = 3 ] || fail "volumes: $(explained "$code")"
  others=$(grep '^error:' "$state/words" | grep -cv 'no such file or directory' || true)
  [ "$others" = 0 ] || fail "volumes: $(explained "$code")"
}

# before: a backup that a migration waits for, once there is a table. Of several migrations of one release the first has
# it made, before any has begun, and for the others it is one too.
before() {
  mkdir -p "$state/migrations"
  done=$state/migrations/$BACKUP_MIGRATION
  # It runs again when its own settings change too.
  if [ "$(cat "$done" 2>/dev/null)" = "$BACKUP_BEFORE" ]; then
    say "there is no new image to migrate to"
    return 0
  fi
  asked=$(date +%s)
  found=0
  for server in $(each_server); do
    # One that doesn't answer isn't empty.
    names=$(names_of_databases "$server" 2>"$state/words") || fail "$server: $(psql_reason "$state/words")"
    while IFS= read -r name <&3; do
      [ "$name" ] || continue
      tables=$(sql "$server" "$name" -c "select count(*) from pg_tables where schemaname !~ '^pg_' and schemaname <> 'information_schema'" 2>"$state/words") ||
        fail "$(title "$server/$name"): $(psql_reason "$state/words")"
      found=$((found + tables))
    done 3<<NAMES
$names
NAMES
  done
  if [ "$found" = 0 ]; then
    say "there is nothing to keep before this migration"
    echo "$BACKUP_BEFORE" >"$done"
    return 0
  fi
  in_turn "a backup before a migration" "$BACKUP_WAIT"
  if is_fresh; then
    say "there is one of $(($(date +%s) - $(cat "$state/success"))) seconds ago"
  else
    left=$((asked + BACKUP_WAIT - $(date +%s)))
    run_within $((left > 0 ? left : 1))
  fi
  rm -f "$done.late"
  echo "$BACKUP_BEFORE" >"$done"
}

# One that was made since it was asked for, or, where this one had too little time before, in the last hour.
is_fresh() {
  since=$asked
  [ "$(cat "$done.late" 2>/dev/null)" != "$BACKUP_BEFORE" ] || since=$((asked - 3600))
  [ "$(cat "$state/success" 2>/dev/null || echo 0)" -ge "$since" ]
}

# run_within SECONDS: what outlives it ends with this container.
run_within() {
  export holds
  code=0
  timeout "$1" "$busybox" sh "$self" run || code=$?
  [ "$code" != 0 ] || return 0
  [ "$code" = 143 ] || exit "$code"
  echo "$BACKUP_BEFORE" >"$done.late"
  fail "a backup before a migration: must be made within $((BACKUP_WAIT / 60)) minutes, got none yet; make one with berth backup, which takes as long as it takes, and within the hour berth up again"
}

# All or nothing: what a run that ended early has left is dropped, and what is whole is marked as such.
run() {
  alone "a backup"
  rm -rf "$work" "$reason"
  mkdir -p "$work" "$state/tmp"
  begun=$(date +%s)
  stamp=$(date -d "@$begun" '+%Y-%m-%d %H:%M:%S')
  echo "$begun" >"$state/begun"
  trap 'ended $?' EXIT
  ready
  free_locks
  drop_left
  printf 'berth-backup\t1\ntime\t%s\nsystem\t%s\nstack\t%s\n' "$stamp" "$BACKUP_SYSTEM" "$RESTIC_HOST" >"$work/manifest"
  dump_databases
  keep_volumes
  keep "the manifest" --stdin --stdin-filename "$manifest" <"$work/manifest"
  mark_complete
  check_new
  drop_old
  measure
  say "complete, of $stamp UTC"
}

# measure: how much the storage holds. Without a lock: another stack that drops its old ones there fails no run of this.
measure() {
  size=$(restic stats --no-lock --mode raw-data --json 2>/dev/null | sed -n 's/.*"total_size":\([0-9]*\).*/\1/p') || size=
  [ ! "$size" ] || echo "$size" >"$state/size"
}

# What a run or a restore that was ended has left: parts that aren't complete, and those without a manifest of their time.
drop_left() {
  drop_beside
  own_restic "what an earlier run left" forget --host "$RESTIC_HOST" --tag part --unsafe-allow-remove-all >/dev/null
  listed "what an earlier run left" --host "$RESTIC_HOST" --tag complete
  awk -F '\t' -v last="$manifest" '{ path[NR] = $2; time[NR] = $1; id[NR] = $3 } $2 == last { named[$1] = 1 }
    END { for (n = 1; n <= NR; n++) if (!(time[n] in named)) print id[n] }' "$work/parts" >"$work/first"
  # Ids are words.
  # shellcheck disable=SC2046
  [ ! -s "$work/first" ] || own_restic "what an earlier run left" forget $(cat "$work/first") >/dev/null
}

mark_complete() {
  listed "the backup" --host "$RESTIC_HOST" --tag part
  awk -F '\t' -v last="$manifest" '$2 != last { print $3 }' "$work/parts" >"$work/first"
  awk -F '\t' -v last="$manifest" '$2 == last { print $3 }' "$work/parts" >"$work/last"
  [ -s "$work/last" ] || fail "the backup: must have its manifest in the storage, got none"
  for each in first last; do
    # Ids are words.
    # shellcheck disable=SC2046
    [ ! -s "$work/$each" ] || own_restic "the backup" tag --set complete $(cat "$work/$each") >/dev/null
  done
}

# The repository's structure as a whole, and each day another part of its data: all of it in four weeks.
check_new() {
  part=$(($(date +%s) / 86400 % 28 + 1))
  checked "" --read-data-subset="$part/28"
}

# Nothing is dropped before what replaces it has been read again, and a manifest before the parts that it names: of each
# of these as many stay, for there is none without a manifest of its time. The options are words.
drop_old() {
  # shellcheck disable=SC2086
  own_restic "old backups" forget --host "$RESTIC_HOST" --tag complete --path "$manifest" --group-by host,paths $BACKUP_KEEP --quiet
  # shellcheck disable=SC2086
  own_restic "old backups" forget --host "$RESTIC_HOST" --tag complete --group-by host,paths $BACKUP_KEEP --prune --quiet
}

ended() {
  now=$(date +%s)
  rm -rf "$work"
  ! is_called_off || return 0
  if [ "$1" = 0 ]; then echo "$begun" >"$state/success"; else echo "$now" >"$state/failure"; fi
  echo "$((now - begun))" >"$state/seconds"
  [ "$1" = 0 ] || [ -s "$reason" ] || echo "it was ended" >"$reason"
  echo "$1" >"$state/result"
  metrics
}
