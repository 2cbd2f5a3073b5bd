# What a check looks at: no temporary tables, nothing of PostgreSQL's own, nothing that belongs to an extension.
own="from pg_class c join pg_namespace n on n.oid = relnamespace
where relpersistence <> 't' and nspname !~ '^pg_' and nspname <> 'information_schema'
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')"

# facts SOCKET DATABASE: what has to be the same in both versions, a line each. A role's password is part of a hash.
# Left out is what versions have otherwise, or make anew: rows of materialized views, constraints that only forbid NULL
# (in the catalog from 18 on, https://www.postgresql.org/docs/18/catalog-pg-constraint.html), and what a partition has
# of its parent, whose columns to tell it older versions lack.
facts() {
  ask "$1" "$2" -F ' ' <<SQL
set search_path = pg_catalog;
select format('select %L, count(*) from %I.%I', 'rows of ' || nspname || '.' || relname, nspname, relname)
$own and relkind = 'r' \gexec
select format('select %L, last_value, is_called from %I.%I', 'sequence ' || nspname || '.' || relname, nspname, relname)
$own and relkind = 'S' \gexec
select format('owner of %s %s.%s', relkind, nspname, relname), pg_get_userbyid(relowner) $own;
select format('functions of %s', nspname), pg_get_userbyid(proowner), count(*) from pg_proc p join pg_namespace n on n.oid = pronamespace
where nspname !~ '^pg_' and nspname <> 'information_schema'
  and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
group by 1, 2;
select format('schema %s', nspname), pg_get_userbyid(nspowner) from pg_namespace
where nspname !~ '^pg_' and nspname <> 'information_schema';
select format('extension %s', extname), nspname from pg_extension join pg_namespace n on n.oid = extnamespace;
select format('constraints of %s', conrelid::regclass), contype, count(*) from pg_constraint k
where contype in ('c', 'f', 'p', 'u', 'x') and conrelid in (select c.oid $own)
  and coalesce(to_jsonb(k) ->> 'conparentid', '0') = '0' group by 1, 2;
select 'triggers', count(distinct format('%s %s', tgname, tgfoid::regproc)) from pg_trigger where not tgisinternal;
select 'large objects', (select count(*) from pg_largeobject_metadata), (select sum(length(data)) from pg_largeobject);
select 'database', pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datctype, datistemplate,
  datconnlimit, (select string_agg(format('%s to %s', privilege_type, grantee::regrole), ', '
    order by privilege_type collate "C", (grantee::regrole)::text collate "C")
  from aclexplode(coalesce(datacl, acldefault('d', datdba))))
from pg_database where datname = current_database();
select format('settings of %s', setrole::regrole), (select string_agg(one, ', ' order by one collate "C") from unnest(setconfig) one)
from pg_db_role_setting where setdatabase in (0, (select oid from pg_database where datname = current_database()));
select format('role %s', rolname), md5(concat_ws('|', rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin,
  rolreplication, rolbypassrls, rolconnlimit, rolpassword, rolvaliduntil)) from pg_authid where rolname !~ '^pg_';
select distinct format('member of %s', roleid::regrole), member::regrole, admin_option from pg_auth_members
where pg_get_userbyid(member) !~ '^pg_';
SQL
}

# Last, because a table that is made or changed now waits: the holders are seen to be there.
compare() {
  while IFS= read -r database <&3; do
    facts "$old" "$database" >"$new/facts" 2>"$new/words" ||
      fail "upgrade: $database must be read, got $(grep ERROR "$new/words" | tail -n 1)"
    LC_ALL=C sort "$new/facts" >"$new/facts.old"
    facts "$new" "$database" >"$new/facts" 2>"$new/words" ||
      fail "upgrade: $database must be read, got $(grep ERROR "$new/words" | tail -n 1)"
    LC_ALL=C sort "$new/facts" >"$new/facts.new"
    diff "$new/facts.old" "$new/facts.new" >"$new/differences" ||
      fail "upgrade: $database must be the same in the new version, got $(grep '^[<>]' "$new/differences" | head -n 4 | tr '\n' ';')"
    say "$database has its $(grep -c '^rows of ' "$new/facts.old" || true) tables"
  done 3<"$new/databases"
  for holder in $holders; do
    kill -0 "$holder" 2>/dev/null || fail "upgrade: the old server must run until it is stopped, got one that ended"
  done
}
