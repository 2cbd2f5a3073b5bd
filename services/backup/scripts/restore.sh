# A restore: all of a backup is laid beside what is there and held against the manifest; only when everything is whole
# does it change places with what is there, which goes when all of it has.
marks='.berth-restored .berth-former'

# snapshot_of TIME HOST PATH: its id.
snapshot_of() {
  catalog --host "$2" --tag complete --path "$3" | awk -F '\t' -v time="$1" '$1 == time { id = $3 } END { print id }'
}

# part PATH: the id of what the backup of $time has there.
part() { awk -F '\t' -v time="$time" -v path="$1" '$1 == time && $2 == path { id = $3 } END { print id }' "$work/parts"; }

restore() {
  time=$1 host=$2
  alone "a restore"
  rm -rf "$work"
  mkdir -p "$work"
  # That of the last backup stays for berth status.
  reason=$work/reason
  trap 'restored $?' EXIT
  free_locks
  whole "restore"
  check_version
  drop_beside
  drop_marks '.berth-restored'
  check_room
  for each in $(kept_databases); do beside "${each%%/*}" "${each#*/}"; done
  lay_volumes
  # From here on each step is remembered, for whoever reads why it ended.
  for each in $(kept_databases); do is_own "${each%%/*}" || take_over "${each%%/*}" "${each#*/}"; done
  for each in $(kept_databases); do ! is_own "${each%%/*}" || take_place "${each%%/*}" "${each#*/}"; done
  for each in $(here_volumes); do swap_volume "$each"; done
  [ ! -e "$work/tight" ] || same_files .
  # All has its place, and what stays of before is no reason to say otherwise.
  # shellcheck disable=SC2086
  (drop_former && drop_marks $marks) || say "some of what was there before is still there, and goes with the next restore"
  say "restored what was kept at $time of stack $host"
}

# restored CODE: what a restore that failed leaves, in the words of whoever has to go on.
restored() {
  if [ "$1" != 0 ]; then
    if [ -s "$work/changed" ]; then
      say "ended half way: $(paste -s -d , "$work/changed" | sed 's/,/, /g') as in the backup, all else as before; mend what is said above and restore again, this backup or another"
    else
      say "nothing was changed"
      (drop_beside) || true
      drop_marks '.berth-restored' || true
    fi
  fi
  rm -rf "$work"
}

changed() { echo "$1" >>"$work/changed"; }

# whole WHO: the manifest of the backup of $time, and each part that it names.
whole() {
  listed "$1" --host "$host" --tag complete
  id=$(part "$manifest")
  [ "$id" ] || fail "$1: there is no complete backup of $time of stack $host"
  own_restic "the manifest" dump "$id" "$manifest" >"$work/manifest"
  for each in $(kept_databases); do
    [ "$(part "$databases/$each.dump")" ] || fail "$1: the backup must have every part that its manifest names, got none for database ${each#*/}"
  done
  awk -F '\t' '$1 == "volume" { n += $3 } END { exit n == 0 }' "$work/manifest" || return 0
  [ "$(part "$volumes")" ] || fail "$1: the backup must have every part that its manifest names, got none for volumes"
}

# kept_servers: those of the manifest, a word SERVER/MAJOR each.
kept_servers() { awk -F '\t' '$1 == "server" { print $2 "/" int($3 / 10000) }' "$work/manifest"; }

# A newer PostgreSQL reads an older one's dump, and never the other way round.
check_version() {
  for each in $(kept_servers); do
    server=${each%/*} kept=${each#*/}
    case " $BACKUP_SERVERS" in
      *" $server:"*) ;;
      *) fail "restore: the backup has databases of $server, and this stack has no PostgreSQL of that name" ;;
    esac
    version=$(version_of "$server" 2>"$work/psql") || fail "$server: $(psql_reason "$work/psql")"
    [ "$kept" -le $((version / 10000)) ] ||
      fail "restore: the backup is of PostgreSQL $kept, and the server is $((version / 10000)); name an image of $kept or newer in berth:images"
  done
}

# here_volumes: those of the backup that have a place in this stack.
here_volumes() {
  awk -F '\t' '$1 == "volume" { print $2 }' "$work/manifest" | while read -r volume; do
    [ ! -d "$volumes/$volume" ] || echo "$volume"
  done
}

# What it takes beside what is there, a line each of disk, bytes free, bytes wanted. An older backup doesn't say how
# large its databases were, and a server that doesn't say what it has is asked for nothing. All that is written to one
# goes through its log too, which takes up to a gigabyte
# (https://www.postgresql.org/docs/current/runtime-config-wal.html, max_wal_size), and without room for that it stops.
rooms_of_databases() {
  for server in $(each_server); do
    is_own "$server" || continue
    wanted=$(awk -F '\t' -v server="$server" '$1 == "database" && $2 == server { n += $4 } END { printf "%.0f", n + (n < 1073741824 ? n : 1073741824) }' "$work/manifest")
    [ "$wanted" != 0 ] || continue
    sql "$server" postgres -c "create temp table room (line text)" -c "copy room from program 'df -Pk . | tail -n 1'" \
      -c "select line from room" 2>/dev/null | room "$wanted" || true
  done
}

rooms_of_volumes() {
  for volume in $(here_volumes); do
    wanted=$(awk -F '\t' -v volume="$volume" '$1 == "volume" && $2 == volume { print $4 }' "$work/manifest")
    df -Pk "$volumes/$volume" | tail -n 1 | room "$wanted"
  done
}

room() { awk -v wanted="$1" '{ printf "%s\t%.0f\t%.0f\n", $1, $4 * 1024, wanted }'; }

# short: of what stands in its input, the disk that is too small, in megabytes; nothing where there is room.
short() {
  awk -F '\t' '{ free[$1] = $2; wanted[$1] += $3 }
    END { for (disk in wanted) if (wanted[disk] > free[disk]) { printf "%.0f MB free on %s, got %.0f", wanted[disk] / 1000000, disk, free[disk] / 1000000; exit } }'
}

# mounts_within: of volumes those that have another disk somewhere in them, which can't be renamed.
mounts_within() {
  for volume in $(here_volumes); do
    ! awk '{ print $5 }' /proc/self/mountinfo | grep -F "$volumes/$volume/" >/dev/null || echo "$volume"
  done
}

# Databases need room twice. Volumes that have none are read through first and then restored in their place.
check_room() {
  rooms_of_databases >"$work/rooms"
  found=$(short <"$work/rooms")
  [ -z "$found" ] || fail "restore: there must be room beside the databases, $found"
  rooms_of_volumes >>"$work/rooms"
  found=$(short <"$work/rooms")
  [ -z "$found" ] || { : >"$work/tight"; say "volumes are restored in their place, for beside them there must be $found"; }
  found=$(mounts_within | paste -s -d ' ')
  [ -z "$found" ] || { : >"$work/tight"; say "volumes are restored in their place, for another disk is mounted within $found"; }
}

# beside SERVER DATABASE: as the one whose place it takes, with its owner and its locale.
beside() {
  server=$1 name=$2 other=berth_restored_$2
  if ! is_own "$server"; then
    unpack "$server/$name" -f /dev/null
    say "$(title "$server/$name") can be read"
    return 0
  fi
  sql "$server" postgres -v name="$name" -v other="$other" >/dev/null 2>"$work/psql" <<'SQL' || fail "$(title "$server/$name"): $(psql_reason "$work/psql")"
with old as (select d.*, to_jsonb(d) as facts from pg_database d where datname = :'name')
select format('create database %I owner %I template template0 encoding %L lc_collate %L lc_ctype %L tablespace %I connection limit %s',
  :'other', pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datctype, spcname, datconnlimit) ||
  case facts ->> 'datlocprovider'
    when 'i' then format(' locale_provider icu icu_locale %L', coalesce(facts ->> 'datlocale', facts ->> 'daticulocale')) ||
      case when facts ->> 'daticurules' <> '' then format(' icu_rules %L', facts ->> 'daticurules') else '' end
    when 'b' then format(' locale_provider builtin builtin_locale %L', facts ->> 'datlocale')
    when 'c' then ' locale_provider libc'
    else '' end
from old join pg_tablespace s on s.oid = dattablespace
union all
select format('create database %I', :'other') where not exists (select from old) \gexec
SQL
  unpack "$server/$name" -d "$(reach "$server" "$other")"
  same_rows "$server/$name" "$server" "$other"
  say "$(title "$server/$name") is whole"
}

# unpack SERVER/DATABASE OPTIONS: what pg_restore makes of its dump. Whichever of the two fails says why.
unpack() {
  which=$1
  shift
  rm -f "$reason"
  own_restic "$(title "$which")" dump "$(part "$databases/$which.dump")" "$databases/$which.dump" | pg_restore "$@" 2>"$work/psql" ||
    unpacked "$which"
}

# unpacked SERVER/DATABASE: nothing, where all that failed is what pg_restore of 17 and newer sets and an older server
# doesn't know (https://www.postgresql.org/docs/17/runtime-config-client.html, transaction_timeout).
unpacked() {
  [ ! -s "$reason" ] || fail "$(cat "$reason")"
  grep 'error: ' "$work/psql" >"$work/errors" || true
  wrong=$(grep -v 'unrecognized configuration parameter "transaction_timeout"' "$work/errors" | head -n 1 || true)
  # It says so where it went on to the end.
  [ -z "$wrong" ] && grep 'errors ignored on restore' "$work/psql" >/dev/null && return 0
  fail "$(title "$1"): ${wrong:-$(tail -n 1 "$work/psql")}"
}

# same_rows SERVER/DATABASE SERVER OTHER: whether what was restored is what was kept.
same_rows() {
  rows_of "$2" "$3" | sort >"$work/rows"
  awk -F '\t' -v which="$1" '$1 == "rows" && $2 "/" $3 == which { print $4 "\t" $5 }' "$work/manifest" | sort >"$work/kept"
  cmp -s "$work/rows" "$work/kept" || fail "$(title "$1"): must have the rows of the manifest, got $(diff "$work/kept" "$work/rows" | grep '^[-+][^-+]' | head -n 4 | tr '\n\t' '; ')"
}

# take_over SERVER DATABASE: of somebody else's, in one transaction.
take_over() {
  unpack "$1/$2" --clean --if-exists --no-owner --no-privileges --single-transaction -d "$(reach "$1" "")"
  changed "$(title "$1/$2")"
  same_rows "$1/$2" "$1" ""
  say "$(title "$1/$2")"
}

# take_place SERVER DATABASE: the one that is there goes aside and its like comes, in one transaction. Grants on the
# database itself, settings of its own and its comment aren't in its dump. A setting that is a list is kept as it is to
# be written (https://github.com/postgres/postgres/blob/REL_17_STABLE/src/bin/pg_dump/dumputils.c, variable_is_guc_list_quote).
take_place() {
  server=$1 name=$2
  sql "$server" postgres -v name="$name" -v other="berth_restored_$name" -v former="berth_former_$name" >/dev/null 2>"$work/psql" <<'SQL' || stay
select format('drop database if exists %I with (force)', :'former') \gexec
select format('revoke all on database %I from public', :'other') from pg_database where datname = :'name' \gexec
select format('grant %s on database %I to %s%s', privilege_type, :'other',
  case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end,
  case when is_grantable then ' with grant option' else '' end)
from pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) where datname = :'name' and grantee <> datdba \gexec
select format('alter %s set %I to %s',
  case setrole when 0 then format('database %I', :'other')
    else format('role %I in database %I', pg_get_userbyid(setrole), :'other') end,
  key, case when lower(key) in ('local_preload_libraries', 'search_path', 'session_preload_libraries',
    'shared_preload_libraries', 'temp_tablespaces', 'unix_socket_directories') then value else quote_literal(value) end)
from pg_db_role_setting, unnest(setconfig) setting,
  lateral (select split_part(setting, '=', 1), substr(setting, strpos(setting, '=') + 1)) pair (key, value)
where setdatabase = (select oid from pg_database where datname = :'name') \gexec
select format('comment on database %I is %L', :'other', shobj_description(oid, 'pg_database'))
from pg_database where datname = :'name' \gexec
select format('alter database %I allow_connections false', datname) from pg_database where datname = :'name' \gexec
select pg_terminate_backend(pid) from pg_stat_activity where datname in (:'name', :'other');
begin;
select format('alter database %I rename to %I', datname, :'former') from pg_database where datname = :'name' \gexec
select format('alter database %I rename to %I', :'other', :'name') \gexec
commit;
SQL
  changed "$(title "$server/$name")"
  say "$(title "$server/$name")"
}

# The one that is there is asked again.
stay() {
  sql "$server" postgres -v name="$name" >/dev/null 2>&1 <<'SQL' || true
select format('alter database %I allow_connections true', datname) from pg_database where datname = :'name' \gexec
SQL
  fail "$(title "$server/$name"): $(psql_reason "$work/psql")"
}

# drop_named PATTERN: databases that a restore has made or put aside, on servers of ours.
drop_named() {
  for server in $(each_server); do
    is_own "$server" || continue
    sql "$server" postgres -v pattern="$1" >/dev/null 2>"$work/psql" <<'SQL' || fail "$server: $(psql_reason "$work/psql")"
select format('drop database if exists %I with (force)', datname) from pg_database where datname ~ :'pattern' \gexec
SQL
  done
}

drop_beside() { drop_named '^berth_restored_'; }

drop_former() { drop_named '^berth_former_'; }

# drop_marks NAMES: folders that a restore has made or put aside within volumes.
drop_marks() {
  for path in "$volumes"/*; do
    for mark in "$@"; do rm -rf "${path:?}/$mark"; done
  done
}

lay_volumes() {
  for path in "$volumes"/*; do
    [ ! -d "$path" ] || grep -q "^volume	${path##*/}	" "$work/manifest" || say "volume ${path##*/} isn't in the backup, and stays as it is"
  done
  awk -F '\t' '$1 == "volume" { print $2 }' "$work/manifest" | while read -r volume; do
    [ -d "$volumes/$volume" ] || say "volume $volume of the backup has no place in this stack, and is left out"
  done
  tree=$(part "$volumes")
  if [ -e "$work/tight" ]; then
    try_files restore
    return 0
  fi
  for volume in $(here_volumes); do
    own_restic "volume $volume" restore "$tree:$volumes/$volume" --target "$volumes/$volume/.berth-restored" --verify --quiet
    say "volume $volume is whole"
  done
  same_files .berth-restored
}

# swap_volume VOLUME: a step for each thing at its top, for the volume itself is where it is mounted.
swap_volume() {
  if [ -e "$work/tight" ]; then
    changed "a part of volume $1"
    own_restic "volume $1" restore "$tree:$volumes/$1" --target "$volumes/$1" --delete --verify --quiet
  else
    cd "$volumes/$1"
    rm -rf .berth-former
    mkdir -m 0700 -p .berth-former .berth-restored
    changed "a part of volume $1"
    move . .berth-former
    move .berth-restored .
    cd /
  fi
  sed -i "s/^a part of \(volume $1\)\$/\1/" "$work/changed"
  say "volume $1"
}

# move FOLDER FOLDER: all that is in the one.
move() {
  find "$1" -mindepth 1 -maxdepth 1 ! -name '.berth-restored' ! -name '.berth-former' -print0 | xargs -0 -r mv -t "$2" 2>"$work/moved" ||
    fail "volume ${PWD##*/}: $(tail -n 1 "$work/moved")"
}

# same_files FOLDER: whether files are those of the manifest, in that folder of each volume.
same_files() {
  awk -F '\t' '$1 == "file" { print $2 "  " $3 }' "$work/manifest" >"$work/sums"
  # Those of a volume that this stack doesn't have are nobody's here.
  for volume in $(here_volumes); do
    grep "^[0-9a-f]*  \./$volume/" "$work/sums" | sed "s#^\(.\{64\}  \./[^/]*/\)#\1$1/#" || true
  done >"$work/here"
  [ ! -s "$work/here" ] || (cd "$volumes" && sha256sum -c "$work/here" >"$work/checked" 2>&1) ||
    fail "volumes: must have the files of the manifest, got $(grep -v ': OK$' "$work/checked" | head -n 4 | tr '\n' ' ')"
}
