# Objects of a store that were overwritten or deleted while they were read: of these what volumes hold may be of two
# moments. Each is read again by itself, and given back over what volumes hold of it.
#
# An object is a folder with xl.meta, which names the folders beside it that hold its data, of each version one. New data
# comes as a whole and before its xl.meta does, and former data goes after it; of what is deleted, data goes first
# (https://github.com/minio/minio/blob/RELEASE.2025-09-07T16-13-09Z/cmd/xl-storage.go, RenameData and DeleteVersion). So
# what is beside an xl.meta that is still there is all that it names, but for the moment in which it is deleted. Names
# with a new line are left out, as in the manifest.

# keep_objects: a part for each store that has any.
keep_objects() {
  # Names of volumes are words.
  for store in $(printf '%s\n' */.minio.sys | sed -n 's#^\([^*/]*\)/.*#\1#p'); do
    listed volumes --host "$RESTIC_HOST" --tag part --path "$volumes"
    tree=$(tail -n 1 "$work/parts" | cut -f 3)
    own_restic volumes ls --json --recursive "$tree" "$volumes/$store" | torn_objects >"$work/found"
    [ -s "$work/found" ] || continue
    sed -n 's/^torn //p' "$work/found" >"$work/torn"
    whole_objects <"$work/found" | keep "objects of $store" --stdin --stdin-filename "$objects/$store.tar"
    store=$store awk '{ print "object\t" ENVIRON["store"] "\t" $0 }' "$work/torn" >>"$work/manifest"
    say "volume $store: read again what may have been overwritten or deleted meanwhile, objects: $(wc -l <"$work/torn")"
  done
}

# torn_objects: of what restic lists of $store, each object that it may have of two moments as "torn" and its place
# there, and as "data" the folders of its data that restic has. restic lists a folder before it reads any of it
# (https://github.com/restic/restic/blob/v0.18.1/internal/archiver/archiver.go, saveDir), and leaves out what has gone
# since: overwritten after its list, an object's xl.meta is younger than the list; deleted from, its data went after
# xl.meta came, or was there before and isn't now. A minute more is for the clock of a file server. Whoever uploads in
# parts begins anew after a restore.
torn_objects() {
  since=$(date -d "@$((reading - 60))" '+%Y-%m-%dT%H:%M:%S') top="$volumes/$store/" own="./$store/" before=$work/before awk '
    function text(key) { return match($0, "\"" key "\":\"([^\"\\\\]|\\\\.)*\"") ? substr($0, RSTART + length(key) + 4, RLENGTH - length(key) - 5) : "" }
    function letter(code) {
      if (code == "2028") return "\342\200\250"
      if (code == "2029") return "\342\200\251"
      return sprintf("%c", (index(digits, substr(code, 3, 1)) - 1) * 16 + index(digits, substr(code, 4, 1)) - 1)
    }
    # As it is, of what JSON has.
    function plain(words, done, at, mark) {
      done = ""
      while (at = index(words, "\\")) {
        mark = substr(words, at + 1, 1)
        done = done substr(words, 1, at - 1) (mark == "u" ? letter(substr(words, at + 2, 4)) : mark in marks ? marks[mark] : mark)
        words = substr(words, at + (mark == "u" ? 6 : 2))
      }
      return done words
    }
    function moment(key, at) {
      at = text(key)
      sub(/Z$/, "", at)
      return substr(at (index(at, ".") ? "" : ".") "000000000", 1, 29)
    }
    # A, of A/B.
    function above(path) { sub(/\/?[^\/]*$/, "", path); return path }
    BEGIN {
      digits = "0123456789abcdef"
      marks["n"] = "\n"; marks["t"] = "\t"; marks["r"] = "\r"; marks["b"] = "\b"; marks["f"] = "\f"
      while ((getline line <ENVIRON["before"]) > 0) {
        sub(/^[0-9]+ [0-9]+ [0-9]+ [0-9]+ /, "", line)
        if (index(line, ENVIRON["own"]) != 1 || line !~ /\/part\.[0-9]+$/) continue
        folder = above(substr(line, length(ENVIRON["own"]) + 1))
        if (folder != last) waits[above(folder)]++
        last = folder
      }
      last = ""
    }
    !/^\{"name":/ { next }
    {
      path = substr(plain(text("path")), length(ENVIRON["top"]) + 1)
      if (path ~ /\n/) next
      depth = split(path, steps, "/")
      name = steps[depth]
    }
    /^\{"name":"([^"\\]|\\.)*","type":"dir"/ { listed[depth] = moment("mtime"); data[depth] = ""; seen[depth] = 0; next }
    name ~ /^part\.[0-9]+$/ && above(path) != last {
      last = above(path)
      data[depth - 2] = data[depth - 2] "data " last "\n"
      seen[depth - 2]++
    }
    name == "xl.meta" && path !~ /^\.minio\.sys\/multipart\// {
      came = moment("ctime")
      folder = listed[depth - 1]
      object = above(path)
      overwritten = came > folder && came >= ENVIRON["since"]
      deleted = folder > came && folder >= ENVIRON["since"]
      if (overwritten || deleted || seen[depth - 1] < waits[object] + 0) printf "torn %s\n%s", object, data[depth - 1]
    }'
}

# whole_objects: an archive of the objects of $store that it is told, each as it was at one moment, without the data that
# volumes have. Of one that is gone it has nothing.
whole_objects() {
  cd "$volumes/$store"
  object=
  while IFS= read -r line; do
    case $line in
      "data "*) echo "${line#data }" >>"$work/had" ;;
      *)
        [ -z "$object" ] || whole_object
        object=${line#torn }
        : >"$work/had"
        ;;
    esac
  done
  whole_object
  head -c 1024 /dev/zero
}

# whole_object: $object, as soon as nobody is at it.
whole_object() {
  tries=0 stuck=0
  until packed; do
    tries=$((tries + 1))
    # Meanwhile it has changed, or something below it has.
    if is_same; then stuck=$((stuck + 1)); else stuck=0; fi
    if [ "$stuck" = 10 ] || [ "$tries" = 200 ]; then
      : >"$work/object.tar"
      [ "$stuck" != 10 ] || fail "objects of $store: $object could not be read: $(tail -n 1 "$work/tar")"
      fail "objects of $store: each must be there for as long as it takes to read it, got $object overwritten in each of $tries tries"
    fi
  done
  cat "$work/object.tar"
}

# packed: whether $object has been read as it was at one moment.
packed() {
  : >"$work/object.tar" && : >"$work/data" || return 1
  meta=$(moment_of) || {
    # Another error than that it is gone is tried again.
    cp "$work/stat" "$work/tar"
    grep -q 'No such file\|Not a directory' "$work/stat"
    return
  }
  piece --no-recursion "./$object" "./$object/xl.meta" || return 1
  data_of "$object" >"$work/all" || return 1
  [ "$(moment_of)" = "$meta" ] || return 1
  unkept <"$work/all" >"$work/data" || return 1
  room_for_object
  while IFS= read -r folder; do piece "./$folder" || return 1; done <"$work/data"
}

# is_same: whether it is still there as it was when $object could not be read.
is_same() {
  [ "$(moment_of)" = "$meta" ] || return 1
  while IFS= read -r folder; do [ -d "$folder" ] || return 1; done <"$work/data"
}

# piece OPTIONS: one more piece of the archive, without the two empty blocks at its end, for others follow.
piece() {
  { tar --numeric-owner -c -f - "$@" | head -c -1024 >>"$work/object.tar"; } 2>"$work/tar"
}

# moment_of: what is another for each xl.meta.
moment_of() { stat -c '%i %s %y %z' "$object/xl.meta" 2>"$work/stat"; }

# data_of OBJECT: the folders that hold its data. Other folders in it are those of objects below it.
data_of() { find "$1" -mindepth 2 -maxdepth 2 -type f -name 'part.*' 2>"$work/tar" | sed 's#/[^/]*$##' | uniq; }

# unkept: of folders those that volumes don't have.
unkept() {
  had=$work/had awk 'NR == 1 { while ((getline line <ENVIRON["had"]) > 0) has[line] = 1 } !($0 in has)'
}

# room_for_object: it is laid here before it is sent.
room_for_object() {
  wanted=$(while IFS= read -r folder; do du -sk "./$folder"; done <"$work/data" 2>/dev/null | awk '{ n += $1 } END { printf "%.0f", n * 1024 }')
  found=$(df -Pk "$work" | tail -n 1 | room "$wanted" | short)
  [ -z "$found" ] || fail "objects of $store: there must be room for a copy of $object, $found"
}

# kept_stores: those of which the manifest names objects.
kept_stores() { awk -F '\t' '$1 == "object" { print $2 }' "$work/manifest" | sort -u; }

# lay_objects STORE FOLDER: in place of what volumes held of them.
lay_objects() {
  store=$1 awk -F '\t' '$1 == "object" && $2 == ENVIRON["store"]' "$work/manifest" | cut -f 3- >"$work/torn"
  [ -s "$work/torn" ] || return 0
  while IFS= read -r object; do rm -f "$2/$object/xl.meta"; done <"$work/torn"
  unpacked_objects "objects of $1" "$1" -x -C "$2"
  while IFS= read -r object; do
    [ ! -e "$2/$object/xl.meta" ] || continue
    data_of "$2/$object" | while IFS= read -r folder; do rm -rf "${folder:?}"; done || true
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
  own_restic "$what" dump "$(part "$archive")" "$archive" | tar --numeric-owner -f - "$@" 2>"$work/tar" ||
    fail "$(cat "$reason" 2>/dev/null || echo "$what: $(tail -n 1 "$work/tar")")"
}
