# Volumes of a restore: laid beside what is there, and put in its place.

# drop_marks NAMES: folders that a restore has made or put aside within volumes.
drop_marks() {
  for path in "$volumes"/*; do
    for mark in "$@"; do rm -rf "${path:?}/$mark"; done
  done
}

lay_volumes() {
  for path in "$volumes"/*; do
    [ ! -d "$path" ] || grep -q "^volume	${path##*/}	" "$work/manifest" || say "volume ${path##*/} isn't in the backup, and stays as it is"
  done
  awk -F '\t' '$1 == "volume" { print $2 }' "$work/manifest" | while read -r volume; do
    [ -d "$volumes/$volume" ] || say "volume $volume of the backup has no place in this stack, and is left out"
  done
  tree=$(part "$volumes")
  if [ -e "$work/tight" ]; then
    try_files restore
    return 0
  fi
  for volume in $(here_volumes); do
    own_restic "volume $volume" restore "$tree:$volumes/$volume" --target "$volumes/$volume/.berth-restored" --verify --quiet
    lay_objects "$volume" "$volumes/$volume/.berth-restored"
    say "volume $volume is whole"
  done
  same_files .berth-restored
}

# Keys of a MinIO are the stack's, and not those of when the backup was made. A drill has none but the backup's.
keys=.minio.sys/config/iam

# keep_keys VOLUME: those of the store whose data is there, aside until they are laid back; where a restore ended half way
# and is made again, those that it put aside, unless the store was given others since.
keep_keys() {
  { [ -z "${BACKUP_SCRATCH:-}" ] && [ -d "$volumes/$1/$keys" ]; } || return 0
  if [ -d "$state/keys-$1" ] && [ -z "$(find "$volumes/$1/$keys/users" -newer "$state/keys-$1.kept" 2>/dev/null)" ]; then return 0; fi
  rm -rf "$state/keys.new" "$state/keys-$1"
  { cp -a "$volumes/$1/$keys" "$state/keys.new" && : >"$state/keys-$1.kept" && mv "$state/keys.new" "$state/keys-$1"; } 2>"$work/keys" ||
    fail "volume $1: the keys of its store must be kept, got $(tail -n 1 "$work/keys")"
}

# lay_keys VOLUME
lay_keys() {
  { [ -z "${BACKUP_SCRATCH:-}" ] && [ -d "$state/keys-$1" ]; } || return 0
  # The folders above are made where the backup lacks them, for the volume's owner.
  (cd "$volumes/$1" && owner=$(stat -c %u:%g .) && for folder in .minio.sys .minio.sys/config; do
    [ -d "$folder" ] || { mkdir -m 0755 "$folder" && chown "$owner" "$folder"; }
  done && rm -rf "$keys" && cp -a "$state/keys-$1" "$keys") 2>"$work/keys" ||
    fail "volume $1: the keys of its store must be laid back, got $(tail -n 1 "$work/keys")"
  rm -rf "${state:?}/keys-$1" "$state/keys-$1.kept"
}

# swap_volume VOLUME: a step for each thing at its top, for the volume itself is where it is mounted.
swap_volume() {
  keep_keys "$1"
  if [ -e "$work/tight" ]; then
    changed "a part of volume $1"
    own_restic "volume $1" restore "$tree:$volumes/$1" --target "$volumes/$1" --delete --verify --quiet
    lay_objects "$1" "$volumes/$1"
  else
    cd "$volumes/$1"
    rm -rf .berth-former
    mkdir -m 0700 -p .berth-former .berth-restored
    changed "a part of volume $1"
    move . .berth-former
    move .berth-restored .
    cd /
  fi
  lay_keys "$1"
  sed -i "s/^a part of \(volume $1\)\$/\1/" "$work/changed"
  say "volume $1"
}

# move FOLDER FOLDER: all that is in the one.
move() {
  find "$1" -mindepth 1 -maxdepth 1 ! -name '.berth-restored' ! -name '.berth-former' -print0 | xargs -0 -r mv -t "$2" 2>"$work/moved" ||
    fail "volume ${PWD##*/}: $(tail -n 1 "$work/moved")"
}

# file_sums: the manifest's files as sha256sum writes them, without keys of stores; a name may hold a tab.
file_sums() { awk '/^file\t/ && !/^file\t[0-9a-f]*\t\.\/[^\/]*\/\.minio\.sys\/config\/iam\// { sub(/^file\t/, ""); sub(/\t/, "  "); print }' "$work/manifest" >"$work/sums"; }

# same_files FOLDER: whether files are those of the manifest, in that folder of each volume.
same_files() {
  file_sums
  # Those of a volume that this stack doesn't have are nobody's here.
  for volume in $(here_volumes); do
    grep "^[0-9a-f]*  \./$volume/" "$work/sums" | sed "s#^\(.\{64\}  \./[^/]*/\)#\1$1/#" || true
  done >"$work/here"
  [ ! -s "$work/here" ] || (cd "$volumes" && sha256sum -c "$work/here" >"$work/checked" 2>&1) ||
    fail "volumes: must have the files of the manifest, got $(grep -v ': OK$' "$work/checked" | head -n 4 | tr '\n' ' ')"
}
