# ready: makes the repository, once for each target. One that was there and is gone is no reason to begin anew: a
# folder that isn't mounted looks like that.
ready() {
  if [ "$(cat "$state/repository" 2>/dev/null)" != "$RESTIC_REPOSITORY" ]; then
    code=0
    brief init >/dev/null || code=$?
    if [ "$code" = 0 ]; then
      say "made a repository at the target"
    elif ! grep -q 'already exists\|already initialized' "$state/words"; then
      cat "$state/words" >&2
      fail "the target: $(explained "$code")"
    fi
  fi
  code=0
  brief cat config >/dev/null || code=$?
  [ "$code" = 0 ] || fail "the target: $(explained "$code")"
  echo "$RESTIC_REPOSITORY" >"$state/repository"
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
    sql "$1" postgres -c "select datname from pg_database where datallowconn and not datistemplate and datname <> 'postgres' order by 1"
  else
    sql "$1" "" -c 'select current_database()'
  fi
}

# version_of SERVER: such as 150008.
version_of() {
  if is_own "$1"; then sql "$1" postgres -c 'show server_version_num'; else sql "$1" "" -c 'show server_version_num'; fi
}

# One transaction sees the database at one moment: its snapshot is dumped, and its rows are counted.
dump_databases() {
  for server in $(each_server); do dump_server; done
}

dump_server() {
  names=$(names_of_databases "$server" 2>"$state/words") || fail "$server: $(tail -n 1 "$state/words")"
  version=$(version_of "$server")
  own=$(pg_dump --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
  [ "$own" -ge $((version / 10000)) ] ||
    fail "$server: is PostgreSQL $((version / 10000)), and pg_dump here is $own; name an image of $((version / 10000)) or newer in berth:images.backup"
  printf 'server\t%s\t%s\n' "$server" "$version" >>"$work/manifest"
  for name in $names; do
    export server name stamp
    rm -f "$work/dumped"
    code=0
    sql "$server" "$name" >"$work/rows" 2>"$work/psql" <<SQL || code=$?
set idle_in_transaction_session_timeout = 0;
set statement_timeout = 0;
begin isolation level repeatable read read only;
select pg_export_snapshot() as snapshot \\gset
\\setenv snapshot :snapshot
\\! $busybox sh $self dump >&2
\\f '\t'
$count_rows
commit;
SQL
    cat "$work/psql" >&2
    [ -e "$work/dumped" ] || fail "$(cat "$reason" 2>/dev/null || echo "$(title "$server/$name") could not be dumped")"
    [ "$code" = 0 ] || fail "$(title "$server/$name"): $(tail -n 1 "$work/psql")"
    printf 'database\t%s\t%s\n' "$server" "$name" >>"$work/manifest"
    awk -v place="rows\t$server\t$name\t" '{ print place $0 }' "$work/rows" >>"$work/manifest"
    say "$(title "$server/$name")"
  done
}

# Uncompressed, so that restic finds what hasn't changed; it compresses by itself.
dump() {
  keep "$(title "$server/$name")" --stdin-filename "$databases/$server/$name.dump" --stdin-from-command -- \
    pg_dump -Fc -Z0 --snapshot="$snapshot" -d "$(reach "$server" "$name")"
  : >"$work/dumped"
}

looks() {
  cd "$volumes"
  find . -type f -print0 | xargs -0 -r stat -c '%i %s %Y %Z %n'
}

# A file that changes meanwhile may be kept as it was or as it is; the manifest holds those alone that didn't.
keep_volumes() {
  [ "$(ls "$volumes" 2>/dev/null)" ] || return 0
  looks >"$work/before"
  (cd "$volumes" && find . -type f -print0 | xargs -0 -r sha256sum) >"$work/sums" 2>/dev/null || true
  keep_tree
  looks >"$work/after"
  awk 'FNR == 1 { file++ }
    { line = $0; path = $0 }
    file < 3 { sub(/^[0-9]+ [0-9]+ [0-9]+ [0-9]+ /, "", path) }
    file == 1 { before[path] = line }
    file == 2 && before[path] == line { same[path] = 1 }
    file == 3 { sub(/^[0-9a-f]+  /, "", path); if (path in same) print "file\t" substr(line, 1, 64) "\t" path }' \
    "$work/before" "$work/after" "$work/sums" >>"$work/manifest"
  for volume in "$volumes"/*; do
    find "$volume" -type f -print0 | xargs -0 -r stat -c %s |
      awk -v name="${volume##*/}" '{ n++; size += $1 } END { printf "volume\t%s\t%d\t%.0f\n", name, n, size }' >>"$work/manifest"
    say "volume ${volume##*/}"
  done
}

# restic ends with 3 when it couldn't read a file; one that is gone by then was somebody's to delete.
keep_tree() {
  code=0
  restic --retry-lock 15m backup --quiet --tag part --time "$stamp" --exclude "$volumes/*/.minio.sys/tmp" "$volumes" \
    2>"$state/words" || code=$?
  [ "$code" != 0 ] || return 0
  cat "$state/words" >&2
  [ "$code" = 3 ] || fail "volumes: $(explained "$code")"
  others=$(grep '^error:' "$state/words" | grep -cv 'no such file or directory' || true)
  [ "$others" = 0 ] || fail "volumes: $(explained "$code")"
}

# before: a backup that a migration waits for, once there is a table. One that is under way already is waited for first.
before() {
  # It runs again when its own settings change too.
  if [ "$(cat "$state/before" 2>/dev/null)" = "$BACKUP_BEFORE" ]; then
    say "there is no new image to migrate to"
    return 0
  fi
  found=0
  for server in $(each_server); do
    # One that doesn't answer isn't empty.
    names=$(names_of_databases "$server" 2>"$state/words") || fail "$server: $(tail -n 1 "$state/words")"
    for name in $names; do
      tables=$(sql "$server" "$name" -c "select count(*) from pg_tables where schemaname !~ '^pg_' and schemaname <> 'information_schema'")
      found=$((found + tables))
    done
  done
  if [ "$found" = 0 ]; then
    say "there is nothing to keep before this migration"
    echo "$BACKUP_BEFORE" >"$state/before"
    return 0
  fi
  exec 9>"$state/lock"
  flock 9
  run
  echo "$BACKUP_BEFORE" >"$state/before"
}

# All or nothing: what a run that ended early has left is dropped, and what is whole is marked as such.
run() {
  alone
  rm -rf "$work" "$reason"
  mkdir -p "$work" "$state/tmp"
  begun=$(date +%s)
  stamp=$(date -d "@$begun" '+%Y-%m-%d %H:%M:%S')
  echo "$begun" >"$state/begun"
  trap 'ended $?' EXIT
  ready
  free_locks
  own_restic "what an earlier run left" forget --host "$RESTIC_HOST" --tag part --unsafe-allow-remove-all >/dev/null
  printf 'berth-backup\t1\ntime\t%s\nsystem\t%s\nstack\t%s\n' "$stamp" "$BACKUP_SYSTEM" "$RESTIC_HOST" >"$work/manifest"
  dump_databases
  keep_volumes
  keep "the manifest" --stdin --stdin-filename "$manifest" <"$work/manifest"
  own_restic "the backup" tag --host "$RESTIC_HOST" --tag part --set complete >/dev/null
  check_new
  # Nothing is pruned before what replaces it has been read again. The options are words.
  # shellcheck disable=SC2086
  own_restic "old backups" forget --host "$RESTIC_HOST" --tag complete --group-by host,paths $BACKUP_KEEP --prune --quiet
  restic stats --mode raw-data --json 2>/dev/null | sed -n 's/.*"total_size":\([0-9]*\).*/\1/p' >"$state/size"
  say "complete, of $stamp UTC"
}

# The repository's structure as a whole, and each day another part of its data: all of it in four weeks.
check_new() {
  part=$(($(date +%s) / 86400 % 28 + 1))
  own_restic "the repository is damaged" check --quiet --read-data-subset="$part/28"
}

ended() {
  now=$(date +%s)
  rm -rf "$work"
  if [ "$1" = 0 ]; then echo "$begun" >"$state/success"; else echo "$now" >"$state/failure"; fi
  echo "$((now - begun))" >"$state/seconds"
  [ "$1" = 0 ] || [ -s "$reason" ] || echo "it was ended" >"$reason"
  echo "$1" >"$state/result"
  metrics
}
