# The room that a restore and a drill need beside what is there.

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

# aside: databases of before that a restore has left, which go with the next one that comes to its end.
aside() {
  for server in $(each_server); do
    ! is_own "$server" || sql "$server" postgres 2>/dev/null \
      -c "select format('DROP DATABASE %I frees %s MB in $server', datname, pg_database_size(oid) / 1000000) from pg_database where datname ~ '^berth_former_' order by 1" || true
  done | paste -s -d , | sed 's/,/, /g; s/^./; of a restore that ended half way the former ones are still there: &/'
}

# Databases need room twice. Volumes that have none are read through first and then restored in their place.
check_room() {
  rooms_of_databases >"$work/rooms"
  found=$(short <"$work/rooms")
  [ -z "$found" ] || fail "restore: there must be room beside the databases, $found$(aside)"
  rooms_of_volumes >>"$work/rooms"
  found=$(short <"$work/rooms")
  [ -z "$found" ] || { : >"$work/tight"; say "volumes are restored in their place, for beside them there must be $found"; }
  found=$(mounts_within | paste -s -d ' ')
  [ -z "$found" ] || { : >"$work/tight"; say "volumes are restored in their place, for another disk is mounted within $found"; }
}
