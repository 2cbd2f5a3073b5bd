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
  names=$(awk -F '\t' '$1 == "database" { print $2 }' "$work/manifest")
  # All of them beside first: one that can't be restored leaves every other as it is.
  for name in $names; do beside "$name"; done
  restore_volumes
  for name in $names; do take_place "$name"; done
  rm -rf "$work"
  say "restored what was kept at $time of stack $host"
}

# A newer PostgreSQL reads an older one's dump, and never the other way round.
check_version() {
  kept=$(awk -F '\t' '$1 == "postgres" { print int($2 / 10000) }' "$work/manifest")
  [ "$kept" ] && [ "$BACKUP_DATABASES" != none ] || return 0
  server=$(sql "${PGDATABASE:-postgres}" -c 'show server_version_num')
  [ "$kept" -le $((server / 10000)) ] ||
    fail "restore: the backup is of PostgreSQL $kept, and the server is $((server / 10000)); name an image of $kept or newer in berth:images"
}

# As the one whose place it takes, with its owner.
beside() {
  name=$1 other=${1}_restored
  dump=$(snapshot_of "$time" "$host" "$databases/$name.dump")
  [ "$dump" ] || fail "restore: the dump of database $name is missing"
  if [ "$BACKUP_DATABASES" = one ]; then return 0; fi
  sql postgres -v name="$name" -v other="$other" >/dev/null <<'SQL'
select format('drop database if exists %I with (force)', :'other') \gexec
select format('create database %I owner %I template template0 encoding %L lc_collate %L lc_ctype %L', :'other',
  pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datctype) from pg_database where datname = :'name'
union all
select format('create database %I', :'other') where not exists (select from pg_database where datname = :'name') \gexec
SQL
  unpack "$name" "$dump" --exit-on-error -d "$other"
  same_rows "$name" "$other"
  say "database $name is whole"
}

# unpack NAME SNAPSHOT OPTIONS: what pg_restore makes of a dump. Whichever of the two fails says why.
unpack() {
  name=$1 snapshot=$2
  shift 2
  rm -f "$reason"
  own_restic "database $name" dump "$snapshot" "$databases/$name.dump" | pg_restore "$@" 2>"$work/psql" ||
    fail "$(cat "$reason" 2>/dev/null || echo "database $name: $(tail -n 1 "$work/psql")")"
}

# same_rows NAME OTHER: whether what was restored is what was kept.
same_rows() {
  rows_of "$2" | sort >"$work/rows"
  awk -F '\t' -v name="$1" '$1 == "rows" && $2 == name { print $3 "\t" $4 }' "$work/manifest" | sort >"$work/kept"
  cmp -s "$work/rows" "$work/kept" || fail "database $1: must have the rows of the manifest, got $(diff "$work/kept" "$work/rows" | grep '^[-+][^-+]' | head -n 4 | tr '\n\t' '; ')"
}

# Grants on the database itself, and settings of its own, aren't in its dump.
take_place() {
  name=$1 other=${1}_restored
  if [ "$BACKUP_DATABASES" = one ]; then
    unpack "$name" "$(snapshot_of "$time" "$host" "$databases/$name.dump")" \
      --clean --if-exists --no-owner --no-privileges --single-transaction -d "$name"
    same_rows "$name" "$name"
  else
    sql postgres -v name="$name" -v other="$other" >/dev/null <<'SQL'
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
  say "database $name"
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
