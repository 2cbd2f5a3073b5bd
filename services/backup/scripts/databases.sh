# Databases of a restore: laid beside those that are there, and put in their place.

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

# unpacked SERVER/DATABASE: nothing, where all that failed is what this server doesn't know of another and loses nothing
# by: what pg_restore of 17 and newer sets (https://www.postgresql.org/docs/17/runtime-config-client.html,
# transaction_timeout), and pg_attver, a number that security updates of older versions (15.20 for one) note with each
# column as its option, which a later pg_dump writes down and no other server takes.
unpacked() {
  [ ! -s "$reason" ] || fail "$(cat "$reason")"
  grep 'error: ' "$work/psql" >"$work/errors" || true
  wrong=$(grep -v 'unrecognized configuration parameter "transaction_timeout"\|unrecognized parameter "pg_attver"' "$work/errors" | head -n 1 || true)
  # It says so where it went on to the end.
  [ -z "$wrong" ] && grep 'errors ignored on restore' "$work/psql" >/dev/null && return 0
  fail "$(title "$1"): ${wrong:-$(tail -n 1 "$work/psql")}"
}

# same_rows SERVER/DATABASE SERVER OTHER: whether what was restored is what was kept.
same_rows() {
  rows_of "$2" "$3" | sort >"$work/rows"
  which=$1 awk -F '\t' '$1 == "rows" && $2 "/" $3 == ENVIRON["which"] { print $4 "\t" $5 }' "$work/manifest" | sort >"$work/kept"
  cmp -s "$work/rows" "$work/kept" || fail "$(title "$1"): must have the rows of the manifest, got $(diff "$work/kept" "$work/rows" | grep '^[-+][^-+]' | head -n 4 | tr '\n\t' '; ')"
}

# take_over SERVER DATABASE: of somebody else's, in one transaction.
take_over() {
  ! is_own "$1" || return 0
  unpack "$1/$2" --clean --if-exists --no-owner --no-privileges --single-transaction -d "$(reach "$1" "")"
  changed "$(title "$1/$2")"
  same_rows "$1/$2" "$1" ""
  say "$(title "$1/$2")"
}

# take_place SERVER DATABASE: of one of ours, the one that is there goes aside and its like comes, in one transaction. Grants on the
# database itself, settings of its own and its comment aren't in its dump. A setting that is a list is kept as it is to
# be written (https://github.com/postgres/postgres/blob/REL_17_STABLE/src/bin/pg_dump/dumputils.c, variable_is_guc_list_quote).
take_place() {
  server=$1 name=$2
  is_own "$server" || return 0
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

# reopen SERVER DATABASE: of ours the one that is there is asked again, where taking its place was cut off.
reopen() {
  is_own "$1" || return 0
  sql "$1" postgres -v name="$2" >/dev/null 2>&1 <<'SQL' || true
select format('alter database %I allow_connections true', datname) from pg_database where datname = :'name' \gexec
SQL
}

stay() {
  reopen "$server" "$name"
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
