# A restore: all of a backup is laid beside what is there and held against the manifest; only when everything is whole
# does it change places with what is there, which goes when all of it has.
marks='.berth-restored .berth-former'

# snapshot_of TIME HOST PATH: its id.
snapshot_of() {
  catalog --host "$2" --tag complete --path "$3" | awk -F '\t' -v time="$1" '$1 == time { id = $3 } END { print id }'
}

# part PATH: the id of what the backup of $time has there.
part() { path=$1 awk -F '\t' -v time="$time" '$1 == time && $2 == ENVIRON["path"] { id = $3 } END { print id }' "$work/parts"; }

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
  for_databases reopen
  check_room
  for_databases beside
  lay_volumes
  # From here on each step is remembered, for whoever reads why it ended.
  for_databases take_over
  for_databases take_place
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
  for_databases has_part "$1"
  for each in $(kept_stores); do
    [ "$(part "$objects/$each.tar")" ] || fail "$1: the backup must have every part that its manifest names, got none for objects of $each"
  done
  awk -F '\t' '$1 == "volume" { n += $3 } END { exit n == 0 }' "$work/manifest" || return 0
  [ "$(part "$volumes")" ] || fail "$1: the backup must have every part that its manifest names, got none for volumes"
}

# has_part WHO SERVER DATABASE
has_part() {
  [ "$(part "$databases/$2/$3.dump")" ] || fail "$1: the backup must have every part that its manifest names, got none for database $3"
}

# kept_servers: those of the manifest, a word SERVER/MAJOR/MAJOR each: its own, and that of the pg_dump which read it; 0
# in an older backup, which doesn't say.
kept_servers() { awk -F '\t' '$1 == "server" { print $2 "/" int($3 / 10000) "/" int($4) }' "$work/manifest"; }

# A newer PostgreSQL reads an older one's dump, and never the other way round; nor does pg_restore that of a newer
# pg_dump, whatever server it read.
check_version() {
  for each in $(kept_servers); do
    server=${each%%/*} kept=${each#*/}
    dumped=${kept#*/} kept=${kept%/*}
    case " $BACKUP_SERVERS" in
      *" $server:"*) ;;
      *) fail "restore: the backup has databases of $server, and this stack has no PostgreSQL of that name" ;;
    esac
    version=$(version_of "$server" 2>"$work/psql") || fail "$server: $(psql_reason "$work/psql")"
    [ "$kept" -le $((version / 10000)) ] ||
      fail "restore: the backup is of PostgreSQL $kept, and the server is $((version / 10000)); name an image of $kept or newer in berth:images"
    here=$(major_of pg_restore)
    [ "$dumped" -le "$here" ] ||
      fail "restore: the backup is by pg_dump $dumped, and pg_restore here is $here; name an image of $dumped or newer in berth:images.backup"
  done
}

# here_volumes: those of the backup that have a place in this stack.
here_volumes() {
  awk -F '\t' '$1 == "volume" { print $2 }' "$work/manifest" | while read -r volume; do
    [ ! -d "$volumes/$volume" ] || echo "$volume"
  done
}
