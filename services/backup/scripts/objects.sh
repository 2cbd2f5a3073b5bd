# Objects of a store that were overwritten or deleted while they were read: of these what volumes hold may be of two
# moments. Each is read again by itself, and given back over what volumes hold of it.
#
# An object is a folder with xl.meta, which names the folders beside it that hold its data, of each version one. New data
# comes as a whole and before its xl.meta does, and former data goes after it; of an object that is deleted, data goes
# first (https://github.com/minio/minio/blob/RELEASE.2025-09-07T16-13-09Z/cmd/xl-storage.go, RenameData and
# DeleteVersion). So what is beside an xl.meta that is still there is all that it names. A name may hold anything but a
# new line.

# keep_objects: a part for each store that has any.
keep_objects() {
  # Names of volumes are words.
  for store in $(printf '%s\n' */.minio.sys | sed -n 's#^\([^*/]*\)/.*#\1#p'); do
    listed volumes --host "$RESTIC_HOST" --tag part --path "$volumes"
    tree=$(tail -n 1 "$work/parts" | cut -f 3)
    nodes | torn_objects >"$work/torn.json"
    [ -s "$work/torn.json" ] || continue
    plain <"$work/torn.json" >"$work/torn"
    nodes | data_of_torn | plain >"$work/had"
    whole_objects "$store" <"$work/torn" | keep "objects of $store" --stdin --stdin-filename "$objects/$store.tar"
    store=$store awk '{ print "object\t" ENVIRON["store"] "\t" $0 }' "$work/torn" >>"$work/manifest"
    say "volume $store: $(wc -l <"$work/torn") objects were read again, for they were overwritten or deleted meanwhile"
  done
}

# nodes: what volumes have of $store in this run, a line each: kind, place, time of change of a folder's list, and since
# when a file is what it is.
nodes() {
  own_restic volumes ls --json --recursive "$tree" "$volumes/$store" | top="$volumes/$store/" awk '
    function text(key) { return match($0, "\"" key "\":\"([^\"\\\\]|\\\\.)*\"") ? substr($0, RSTART + length(key) + 4, RLENGTH - length(key) - 5) : "" }
    function moment(key, at) {
      at = text(key)
      sub(/Z$/, "", at)
      return substr(at (index(at, ".") ? "" : ".") "000000000", 1, 29)
    }
    /^\{"name":/ { print text("type") "\t" substr(text("path"), length(ENVIRON["top"]) + 1) "\t" moment("mtime") "\t" moment("ctime") }'
}

# torn_objects: of nodes the objects that may be of two moments, by their place. restic lists a folder before it reads
# any of it (https://github.com/restic/restic/blob/v0.18.1/internal/archiver/archiver.go, saveDir): data of an xl.meta
# that came after that isn't in its list. A folder that is older than its xl.meta because both were copied here is no
# sign of it.
torn_objects() {
  since=$(date -d "@$begun" '+%Y-%m-%dT%H:%M:%S') awk -F '\t' '
    { depth = split($2, steps, "/") }
    $1 == "dir" { listed[depth] = $3; data[depth] = 0; data[depth - 1] = 1 }
    $1 == "file" && steps[depth] == "xl.meta" {
      folder = listed[depth - 1]
      overwritten = $4 >= ENVIRON["since"] && $4 > folder
      deleted = folder >= ENVIRON["since"] && folder > $4 && !data[depth - 1]
      if (overwritten || deleted) print substr($2, 1, length($2) - length("/xl.meta"))
    }'
}

# data_of_torn: of nodes the folders of torn objects.
data_of_torn() {
  torn=$work/torn.json awk -F '\t' 'BEGIN { while ((getline line <ENVIRON["torn"]) > 0) is[line] = 1 }
    $1 == "dir" { folder = $2; sub(/\/[^\/]*$/, "", folder); if (folder in is) print $2 }'
}

# plain: places as they are, of places as JSON has them.
plain() { sed 's/\\u0026/\&/g; s/\\u003c/</g; s/\\u003e/>/g; s/\\t/\t/g; s/\\\(["\]\)/\1/g'; }

# whole_objects STORE: an archive of the objects that it is told, each as it was at one moment, without the data that
# volumes have. Of one that is gone it has nothing.
whole_objects() {
  cd "$volumes/$1"
  while IFS= read -r object; do
    tries=0
    until packed "$object"; do
      tries=$((tries + 1))
      [ "$tries" -lt 1000 ] ||
        fail "objects of $1: each must be there for as long as it takes to read it, got $object overwritten in each of $tries tries$(sed -n '$s/^/: /p' "$work/tar")"
    done
    cat "$work/object.tar"
  done
  head -c 1024 /dev/zero
}

# packed OBJECT: whether nothing of it went meanwhile.
packed() {
  : >"$work/object.tar"
  meta=$(moment_of "$1") || return 0
  piece --no-recursion "./$1" "./$1/xl.meta" >"$work/object.tar" 2>"$work/tar" || return 1
  data_of "$1" | unkept >"$work/data"
  [ "$(moment_of "$1")" = "$meta" ] || return 1
  set --
  while IFS= read -r folder; do set -- "$@" "./$folder"; done <"$work/data"
  [ $# = 0 ] || piece "$@" >>"$work/object.tar" 2>"$work/tar"
}

# piece OPTIONS: an archive without the two empty blocks at its end, for others follow.
piece() { tar -c -f - "$@" | head -c -1024; }

# moment_of OBJECT: what is another for each xl.meta.
moment_of() { stat -c '%i %y %z' "$1/xl.meta" 2>/dev/null; }

# data_of OBJECT: the folders that hold its data. Other folders in it are those of objects below it.
data_of() { find "$1" -mindepth 2 -maxdepth 2 -type f -name 'part.*' 2>/dev/null | sed 's#/[^/]*$##' | uniq; }

# unkept: of folders those that volumes don't have.
unkept() { had=$work/had awk 'BEGIN { while ((getline line <ENVIRON["had"]) > 0) has[line] = 1 } !($0 in has)'; }

# kept_stores: those of which the manifest names objects.
kept_stores() { awk -F '\t' '$1 == "object" { print $2 }' "$work/manifest" | sort -u; }

# lay_objects STORE FOLDER: in place of what volumes held of them.
lay_objects() {
  kept_stores | grep -qxF "$1" || return 0
  store=$1 awk -F '\t' '$1 == "object" && $2 == ENVIRON["store"]' "$work/manifest" | cut -f 3- >"$work/torn"
  while IFS= read -r object; do rm -f "$2/$object/xl.meta"; done <"$work/torn"
  unpacked_objects "objects of $1" "$1" -x -C "$2"
  while IFS= read -r object; do
    [ ! -e "$2/$object/xl.meta" ] || continue
    data_of "$2/$object" | while IFS= read -r folder; do rm -rf "${folder:?}"; done
    rmdir "$2/$object" 2>/dev/null || true
  done <"$work/torn"
}

# try_objects WHO STORE: whether the archive can be read.
try_objects() { unpacked_objects "$1: objects of $2" "$2" -t >/dev/null; }

# unpacked_objects WHAT STORE OPTIONS: what tar makes of the archive. Whichever of the two fails says why.
unpacked_objects() {
  what=$1 archive=$objects/$2.tar
  shift 2
  rm -f "$reason"
  own_restic "$what" dump "$(part "$archive")" "$archive" | tar -f - "$@" 2>"$work/tar" ||
    fail "$(cat "$reason" 2>/dev/null || echo "$what: $(tail -n 1 "$work/tar")")"
}
