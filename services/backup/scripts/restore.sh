# snapshot_of TIME HOST PATH: its id.
snapshot_of() {
  catalog --host "$2" --tag complete --path "$3" | awk -F '\t' -v time="$1" '$1 == time { id = $3 } END { print id }'
}

# restore TIME HOST: databases and volumes as they were. Each database is restored beside the one that is there, held
# against the manifest, and then takes its place, so that a backup that is no good changes nothing.
restore() {
  time=$1 host=$2
  alone
  mkdir -p "$work"
  free_locks
  id=$(snapshot_of "$time" "$host" "$manifest")
  [ "$id" ] || fail "restore: there is no complete backup of $time of stack $host"
  own_restic "the manifest" dump "$id" "$manifest" >"$work/manifest"
  check_version
  # All of them beside first: one that can't be restored leaves every other as it is.
  for each in $(kept_databases); do beside "${each%%/*}" "${each#*/}"; done
  restore_volumes
  for each in $(kept_databases); do take_place "${each%%/*}" "${each#*/}"; done
  rm -rf "$work"
  say "restored what was kept at $time of stack $host"
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
    version=$(version_of "$server")
    [ "$kept" -le $((version / 10000)) ] ||
      fail "restore: the backup is of PostgreSQL $kept, and the server is $((version / 10000)); name an image of $kept or newer in berth:images"
  done
}

# beside SERVER DATABASE: as the one whose place it takes, with its owner.
beside() {
  server=$1 name=$2 other=${2}_restored
  dump=$(snapshot_of "$time" "$host" "$databases/$server/$name.dump")
  [ "$dump" ] || fail "restore: the dump of database $name is missing"
  is_own "$server" || return 0
  sql "$server" postgres -v name="$name" -v other="$other" >/dev/null <<'SQL'
select format('drop database if exists %I with (force)', :'other') \gexec
select format('create database %I owner %I template template0 encoding %L lc_collate %L lc_ctype %L', :'other',
  pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datctype) from pg_database where datname = :'name'
union all
select format('create database %I', :'other') where not exists (select from pg_database where datname = :'name') \gexec
SQL
  unpack "$server/$name" "$dump" --exit-on-error -d "$(reach "$server" "$other")"
  same_rows "$server/$name" "$server" "$other"
  say "$(title "$server/$name") is whole"
}

# unpack SERVER/DATABASE SNAPSHOT OPTIONS: what pg_restore makes of a dump. Whichever of the two fails says why.
unpack() {
  which=$1 snapshot=$2
  shift 2
  rm -f "$reason"
  own_restic "$(title "$which")" dump "$snapshot" "$databases/$which.dump" | pg_restore "$@" 2>"$work/psql" ||
    fail "$(cat "$reason" 2>/dev/null || echo "$(title "$which"): $(tail -n 1 "$work/psql")")"
}

# same_rows SERVER/DATABASE SERVER OTHER: whether what was restored is what was kept.
same_rows() {
  rows_of "$2" "$3" | sort >"$work/rows"
  awk -F '\t' -v which="$1" '$1 == "rows" && $2 "/" $3 == which { print $4 "\t" $5 }' "$work/manifest" | sort >"$work/kept"
  cmp -s "$work/rows" "$work/kept" || fail "$(title "$1"): must have the rows of the manifest, got $(diff "$work/kept" "$work/rows" | grep '^[-+][^-+]' | head -n 4 | tr '\n\t' '; ')"
}

# Grants on the database itself, and settings of its own, aren't in its dump.
take_place() {
  server=$1 name=$2 other=${2}_restored
  if ! is_own "$server"; then
    unpack "$server/$name" "$(snapshot_of "$time" "$host" "$databases/$server/$name.dump")" \
      --clean --if-exists --no-owner --no-privileges --single-transaction -d "$(reach "$server" "")"
    same_rows "$server/$name" "$server" ""
  else
    sql "$server" postgres -v name="$name" -v other="$other" >/dev/null <<'SQL'
select format('revoke all on database %I from public', :'other') \gexec
select format('grant %s on database %I to %s', privilege_type, :'other',
  case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end)
from pg_database, aclexplode(datacl) where datname = :'name' and grantee <> datdba \gexec
select format('alter database %I set %s to %s', :'other', split_part(setting, '=', 1), quote_literal(substr(setting, strpos(setting, '=') + 1)))
from pg_db_role_setting, unnest(setconfig) setting
where setrole = 0 and setdatabase = (select oid from pg_database where datname = :'name') \gexec
select format('alter database %I allow_connections false', datname) from pg_database where datname = :'name' \gexec
select pg_terminate_backend(pid) from pg_stat_activity where datname in (:'name', :'other');
select format('drop database if exists %I with (force)', :'name') \gexec
select format('alter database %I rename to %I', :'other', :'name') \gexec
SQL
  fi
  say "$(title "$server/$name")"
}

restore_volumes() {
  tree=$(snapshot_of "$time" "$host" "$volumes")
  for path in "$volumes"/*; do
    [ -d "$path" ] || continue
    volume=${path##*/}
    if ! grep -q "^volume	$volume	" "$work/manifest"; then
      say "volume $volume isn't in the backup, and stays as it is"
      continue
    fi
    own_restic "volume $volume" restore "$tree:$volumes/$volume" --target "$volumes/$volume" --delete --verify --quiet
    say "volume $volume"
  done
  awk -F '\t' '$1 == "volume" { print $2 }' "$work/manifest" | while read -r volume; do
    [ -d "$volumes/$volume" ] || say "volume $volume of the backup has no place in this stack, and is left out"
  done
  same_files
}

same_files() {
  awk -F '\t' '$1 == "file" { print $2 "  " $3 }' "$work/manifest" >"$work/sums"
  # Those of a volume that this stack doesn't have are nobody's here.
  for path in "$volumes"/*; do
    grep "^[0-9a-f]*  \./${path##*/}/" "$work/sums" || true
  done >"$work/here"
  [ ! -s "$work/here" ] || (cd "$volumes" && sha256sum -c "$work/here" >"$work/checked" 2>&1) ||
    fail "volumes: must have the files of the manifest, got $(grep -v ': OK$' "$work/checked" | head -n 4 | tr '\n' ' ')"
}
