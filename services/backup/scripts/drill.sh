# A drill: the newest backup is restored where nobody uses it, and held against its manifest. Databases go into a server
# of this image that lives for as long as that takes, and every piece of the repository is read and checked.
scratch=$state/scratch

drill() {
  alone "a drill"
  rm -rf "$work" "$state/drill_reason"
  mkdir -p "$work"
  reason=$state/drill_reason
  begun=$(date +%s)
  trap 'drilled $?' EXIT
  # Its server isn't in the process group that is ended.
  trap 'exit 143' TERM
  free_locks
  host=$RESTIC_HOST
  listed drill --host "$host" --tag complete --path "$manifest"
  newest=$(tail -n 1 "$work/parts")
  [ "$newest" ] || fail "drill: there is no complete backup of stack $host yet"
  time=$(echo "$newest" | cut -f 1)
  whole drill
  checked "drill: " --read-data
  try_databases
  try_files drill
  say "drill: the backup of $time is whole"
}

drilled() {
  stop_scratch
  rm -rf "$work"
  # Nor is it a failure that the container stops.
  if [ "$1" = 143 ] || is_called_off; then return 0; fi
  if [ "$1" = 0 ]; then echo "$begun" >"$state/drill_success"; fi
  [ "$1" = 0 ] || [ -s "$state/drill_reason" ] || echo "it was ended" >"$state/drill_reason"
  echo "$1" >"$state/drill_result"
  metrics
}

# unfit REASON: a backup that is whole, and that the release can't work with, which berth drill finds after this.
unfit() {
  echo "$1" >"$state/drill_reason"
  echo 1 >"$state/drill_result"
  metrics
}

# PostgreSQL refuses to run as root. Any other user will do, who owns nothing here.
as_nobody() {
  start-stop-daemon -S -q -p /nonexistent -c 65534:65534 -x /bin/sh -- -c "$1"
}

# A server for this drill alone, on a socket of its own.
start_scratch() {
  stop_scratch
  mkdir -m 1777 "$scratch"
  # What libpq is told of somebody else's server, such as its certificates, holds for none of this one's.
  for each in $(env | sed -n 's/^\(PG[A-Z]*\)=.*/\1/p'); do unset "$each"; done
  export PGUSER=drill PGHOST="$scratch" PGPORT=5432
  as_nobody "cd $scratch && HOME=$scratch initdb -D data -U drill -E UTF8 --locale=C -A trust >log 2>&1" ||
    fail "drill: a scratch server must be made, got $(tail -n 1 "$scratch/log")"
  as_nobody "cd $scratch && HOME=$scratch pg_ctl -D data -w -t 120 -l log start >started 2>&1 -o '-c listen_addresses= -c unix_socket_directories=$scratch -c shared_buffers=16MB -c maintenance_work_mem=32MB -c max_parallel_maintenance_workers=0 -c fsync=off -c dynamic_shared_memory_type=mmap'" ||
    fail "drill: a scratch server must start, got $(tail -n 1 "$scratch/log")"
}

# What is another user's that user has to remove: this root may read it and no more.
stop_scratch() {
  [ -e "$scratch" ] || return 0
  as_nobody "cd $scratch && pg_ctl -D data -m immediate stop >/dev/null 2>&1; rm -rf data log started .s.*" || true
  rm -rf "$scratch"
}

try_databases() {
  [ "$(kept_databases)" ] || return 0
  room_for_drill
  start_scratch
  for_databases try_database
}

# try_database SERVER DATABASE
try_database() {
  # What isn't there to drop is no news.
  sql . postgres -c "set client_min_messages to warning" -c "drop database if exists drilled" -c "create database drilled template template0" >/dev/null
  unpack "$1/$2" --no-owner --no-privileges -d "$(reach . drilled)"
  same_rows "$1/$2" . drilled
  say "drill: $(title "$1/$2") has its rows"
}

# The largest database once more, where the scratch server is.
room_for_drill() {
  wanted=$(awk -F '\t' '$1 == "database" && $4 > n { n = $4 } END { printf "%.0f", n }' "$work/manifest")
  found=$(df -Pk "$state" | tail -n 1 | room "$wanted" | short)
  [ -z "$found" ] || fail "drill: there must be room for the largest database, $found"
}

# try_files WHO: each file of the manifest as it comes out of the backup, straight through: nothing is written.
try_files() {
  tree=$(part "$volumes")
  [ "$tree" ] || return 0
  file_sums
  rm -f "$reason"
  # tar's own variable, for each file.
  # shellcheck disable=SC2016
  own_restic "$1: volumes" dump --archive tar "$tree:$volumes" / |
    tar -x -f - --to-command 'echo "$(sha256sum | cut -c 1-64)  $TAR_FILENAME"' >"$work/seen" 2>"$work/tar" ||
    fail "$(cat "$reason" 2>/dev/null || echo "$1: volumes: $(tail -n 1 "$work/tar")")"
  awk '{ sub(/  \.?\/?/, "  ") } NR == FNR { seen[$0] = 1; next } !($0 in seen)' "$work/seen" "$work/sums" >"$work/missing"
  [ ! -s "$work/missing" ] ||
    fail "$1: volumes must have the files of the manifest, got another or none for $(head -n 4 "$work/missing" | cut -c 67- | tr '\n' ' ')"
  say "$1: $(wc -l <"$work/sums") files are as they were"
  for each in $(kept_stores); do try_objects "$1" "$each"; done
}
