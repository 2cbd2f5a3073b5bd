# What a copy can't hold, or there is no room for, is refused before anything is made.
check_old() {
  spaces=$(ask "$old" postgres -c "select string_agg(spcname, ', ') from pg_tablespace where spcname not in ('pg_default', 'pg_global')")
  [ -z "$spaces" ] || fail "upgrade: must be a database without tablespaces of its own, got $spaces"
  closed=$(ask "$old" postgres -c "select string_agg(datname, ', ') from pg_database where not datallowconn and datname <> 'template0'")
  # One that a restore has put aside isn't to be opened, nor copied.
  case ", $closed" in
    *", berth_"*) fail "upgrade: must be a database without a restore that ended half way, got $closed; berth restore gives all of it back" ;;
  esac
  [ -z "$closed" ] || fail "upgrade: must be let into every database, got $closed closed; ALTER DATABASE … ALLOW_CONNECTIONS true"
  total=$(ask "$old" postgres -c "select ceil(sum(pg_database_size(oid)) / 1048576) from pg_database")
  free=$(df -Pm "$PGDATA" | awk 'NR == 2 { print $4 }')
  # Its log of changes comes on top: max_wal_size is 1 GB.
  [ "$free" -ge $((total + 1100)) ] ||
    fail "upgrade: must have $((total + 1100)) MB free beside the data, got $free"
  ask "$old" postgres -c "select datname from pg_database where datallowconn order by datname" >"$new/databases"
}

# Until the old server stops, nobody changes a table, makes one or drops one; reading goes on. What is inside a large
# object alone can change, since to read one takes the same lock as to write it. The locks are those of
# sessions of this container, and go with it, however it ends.
hold_still() {
  cat >"$new/hold.sql" <<'SQL'
set idle_in_transaction_session_timeout = 0;
set lock_timeout = '30s';
begin;
select format('lock table %s in share mode', string_agg(format('%I.%I', nspname, relname), ', '))
from pg_class c join pg_namespace n on n.oid = relnamespace
where relkind in ('r', 'p') and relpersistence <> 't' and nspname !~ '^pg_' and nspname <> 'information_schema'
having count(*) > 0 \gexec
lock table pg_catalog.pg_class, pg_catalog.pg_largeobject_metadata in share mode;
\! : >"$HELD"
select 1 \watch 1
SQL
  holders=
  export HELD="$new/held"
  while IFS= read -r database <&3; do
    rm -f "$HELD"
    ask "$old" "$database" -f "$new/hold.sql" >/dev/null 2>"$new/held.words" &
    holders="$holders $!"
    until [ -e "$HELD" ]; do
      kill -0 $! 2>/dev/null || fail "upgrade: $database must stand still, got $(grep -E 'ERROR|FATAL' "$new/held.words" | tail -n 1)"
      sleep 1
    done
  done 3<"$new/databases"
}

# With the encoding and locale of the old one's template, its files for logins, and what ALTER SYSTEM has set.
make_new() {
  rm -rf "$part"
  ask "$old" postgres >"$new/template" <<'SQL'
select unnest(array[pg_encoding_to_char(encoding)::text, datcollate::text, datctype::text, coalesce(d ->> 'datlocprovider', 'c'),
  coalesce(d ->> 'datlocale', d ->> 'daticulocale', '')])
from pg_database t, to_jsonb(t) d where datname = 'template1'
SQL
  {
    read -r encoding
    read -r collate
    read -r ctype
    read -r provider
    read -r locale
  } <"$new/template"
  set -- --encoding="$encoding" --lc-collate="$collate" --lc-ctype="$ctype"
  case $provider in
    i) set -- "$@" --locale-provider=icu --icu-locale="$locale" ;;
    b) set -- "$@" --locale-provider=builtin --builtin-locale="$locale" ;;
  esac
  initdb -D "$part" -U postgres --auth=trust --data-checksums "$@" >"$new/words" 2>&1 ||
    fail "upgrade: the new version must make a cluster of $encoding and $collate, got $(tail -n 1 "$new/words")"
  for file in pg_hba.conf pg_ident.conf postgresql.auto.conf; do cp "$PGDATA/$file" "$part/$file"; done
  libraries=$(ask "$old" postgres -c "show shared_preload_libraries")
  pg_ctl -D "$part" -w -t 120 -l "$new/log" -o "-c port=5432 -c listen_addresses= -c unix_socket_directories=$new \
    -c shared_preload_libraries='$libraries' -c shared_buffers=32MB -c maintenance_work_mem=32MB \
    -c max_parallel_maintenance_workers=0 -c synchronous_commit=off -c autovacuum=off" start >"$new/words" 2>&1 ||
    fail "upgrade: the new version must start with what the old one has set, got $(grep -E 'FATAL|ERROR' "$new/log" | tail -n 1)"
}

# Security updates of older versions (15.20 for one) note a number of their own with each column, as its option
# pg_attver. Their own pg_dump leaves it out, a later one writes it down, and its server doesn't know it. Rows pass as
# they are.
without_numbers() {
  LC_ALL=C sed -e '/^COPY .* FROM stdin;$/,/^\\\.$/b' \
    -e '/^ALTER .* ALTER COLUMN .* SET (pg_attver=[0-9]*);$/d' \
    -e '/^ALTER .* ALTER COLUMN .* SET (.*);$/{s/, pg_attver=[0-9]*//;s/pg_attver=[0-9]*, //;}'
}

# take WHAT DATABASE: what is dumped to standard output by the rest of the words, into a database of the new server.
take() {
  what=$1 into=$2
  shift 2
  rm -f "$new/broken"
  { "$@" 2>"$new/dump" || : >"$new/broken"; } | without_numbers | ask "$new" "$into" -f - >/dev/null 2>"$new/words" ||
    fail "upgrade: $what must be taken by the new version, got $(grep ERROR "$new/words" | tail -n 1)"
  [ ! -e "$new/broken" ] || fail "upgrade: $what must be read by the new version, got $(tail -n 1 "$new/dump")"
}

# The superuser is there already, and is given its password and settings.
roles() {
  pg_dumpall -h "$old" -U postgres --globals-only >"$new/roles.sql" &&
    sed '/^CREATE ROLE postgres;$/d' "$new/roles.sql"
}

copy_all() {
  while sleep 15; do say "$(megabytes "$part/base") of about $total MB"; done &
  ticker=$!
  take "the roles" postgres roles
  while IFS= read -r database <&3; do
    export PGDATABASE="$database"
    # Those that every cluster has give way to those of the old one.
    case $database in
      postgres) take "$database" template1 pg_dump -h "$old" -U postgres --clean --if-exists --create ;;
      template1) take "$database" postgres pg_dump -h "$old" -U postgres --clean --if-exists --create ;;
      *) take "$database" postgres pg_dump -h "$old" -U postgres --create ;;
    esac
    ask "$new" "$database" -c analyze
    say "$database is copied"
  done 3<"$new/databases"
  kill "$ticker"
}
