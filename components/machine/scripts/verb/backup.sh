# data_of ID: what it keeps for good, a line each: `volume NAME PATH`, or `folder PATH` of the machine. A folder is data
# when the system's own folder holds it or somebody may write to it; the machine's /proc, /sys and sockets are neither.
data_of() {
  docker inspect --format '{{range .Mounts}}{{.Type}} {{.RW}} {{or .Name .Source}} {{.Destination}}{{println}}{{end}}' "$1" |
    while read -r type writes source path; do
      case $type-$source in
        volume-*)
          [ "$(docker volume inspect --format '{{index .Labels "berth.role"}}' "$source" </dev/null)" != data ] || echo "volume $source $path"
          ;;
        bind-"$folder"/*) echo "folder $source" ;;
        bind-/proc* | bind-/sys* | bind-/dev* | bind-/run* | bind-/var/run* | bind-/) ;;
        bind-*) if [ "$writes" = true ] && [ -d "$source" ]; then echo "folder $source"; fi ;;
      esac
    done
}

# dump ID SERVICE: every database, over the server's own socket, which trusts its superuser.
dump() {
  names=$(docker exec "$1" psql -U postgres -Atc "$databases") || fail "$2: must tell its databases; nothing was kept"
  for database in $names; do
    docker exec "$1" pg_dump -U postgres -Fc "$database" >"$part/$2.$database.dump" ||
      fail "$2: database $database could not be dumped; nothing was kept"
    echo "dumped $database of $2"
  done
}

# archive FILE COMMAND…: what the command writes, compressed. Its own failure would be lost in the pipe.
archive() {
  file=$1
  shift
  { "$@" || echo "$?" >"$part/failed"; } </dev/null | gzip >"$file"
  [ ! -e "$part/failed" ] || fail "$(basename "$file"): could not be written; nothing was kept"
}

# A file that grows while it is read makes tar end with 1; that is no failure.
pack() { tar -C "$(dirname "$1")" -cf - --warning=no-file-changed "$(basename "$1")" || [ $? -eq 1 ]; }

# keep_data ID SERVICE: its volumes and folders, each once. A database's own files are of no use beside its dumps.
keep_data() {
  data_of "$1" >"$part/data"
  while read -r kind source path; do
    echo "$source" >>"$part/seen"
    file=$part/$(echo "${source#"$folder"/}" | tr / _).tar.gz
    if [ -e "$file" ] || is_postgres "$1"; then continue; fi
    case $kind in
      volume) archive "$file" docker cp "$1:$path" - ;;
      folder) archive "$file" pack "$source" ;;
    esac
    echo "copied $source"
  done <"$part/data"
}

# Everything or nothing: one that lacks something would push out a good one, unseen.
backup() {
  target=$folder/backups/$(date -u +%Y-%m-%dT%H-%M-%SZ)
  part=$target.part
  umask 077
  mkdir -p "$folder/backups"
  exec 9>"$folder/backups/.lock"
  flock -n 9 || fail "another backup is under way"
  rm -rf "$folder"/backups/*.part
  mkdir "$part"
  trap 'rm -rf "$part"' EXIT
  all=$(containers --all)
  [ "$all" ] || fail "nothing here to back up"
  : >"$part/seen"
  for container in $all; do
    service=$(label "$container" service)
    # It only reads what others keep, and where it writes are backups.
    [ "$service" != backup ] || continue
    [ "$(data_of "$container")" ] || is_postgres "$container" || continue
    state=$(docker inspect --format '{{.State.Status}}' "$container")
    [ "$state" = running ] || fail "$service: must run to be backed up, got \"$state\"; start it with sudo $verb restart $service"
    ! is_postgres "$container" || dump "$container" "$service"
    keep_data "$container" "$service"
  done
  for volume in $(docker volume ls --quiet --filter "label=berth.system=$system" --filter label=berth.role=data); do
    grep -qx "$volume" "$part/seen" || fail "volume $volume: must have a container to be backed up, got none; run berth up, or remove it"
  done
  rm -f "$part/seen" "$part/data"
  [ "$(ls -A "$part")" ] || fail "nothing here to back up"
  mv "$part" "$target"
  find "$folder/backups" -mindepth 1 -maxdepth 1 -type d -name '20*Z' | sort -r | tail -n +$((keep + 1)) | xargs -r rm -rf
  echo "$target"
}
