mkdir -p "$new"
check_old
hold_still
say "nobody writes; $total MB are copied"
make_new
copy_all
compare
# Whoever began this is to stop the old server now. Where nobody does, its tables are let go.
echo whole
{
  sleep 900
  kill -9 $$
} &
timer=$!
for holder in $holders; do wait "$holder" || true; done
kill "$timer"
pg_ctl -D "$part" -m fast -w -t 600 stop >/dev/null || fail "upgrade: the new version must stop, got $(tail -n 1 "$new/log")"
sync
