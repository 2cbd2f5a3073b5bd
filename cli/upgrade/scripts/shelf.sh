#!/bin/sh
# The data of other versions, kept beside PGDATA in $PGDATA.VERSION. Runs with the server's volumes and no network.
set -eu
umask 077

fail() {
  echo "$*" >&2
  exit 1
}

# facts WORD FOLDER: its version, its size in MB, and the image that made it.
facts() { echo "$1 $(cat "$2/PG_VERSION") $(du -sm "$2" | cut -f 1) $(cat "$2/berth-image" 2>/dev/null || true)"; }

look() {
  [ ! -s "$PGDATA/PG_VERSION" ] || facts used "$PGDATA"
  for each in "$PGDATA".*; do
    case $each in
      *.part) ;;
      *) [ ! -s "$each/PG_VERSION" ] || facts kept "$each" ;;
    esac
  done
}

# swap NEXT IMAGE: what is beside as NEXT takes the place of the data, which is kept with the image that runs it.
swap() {
  next=$PGDATA.$1
  [ -s "$next/PG_VERSION" ] || fail "upgrade: must have the data of $next, got no such folder"
  # A server that was killed leaves its mark, and its data has to be recovered by its own version first.
  for each in "$PGDATA" "$next"; do
    [ ! -e "$each/postmaster.pid" ] || fail "upgrade: must be data of a server that has stopped, got $each/postmaster.pid"
  done
  aside=$PGDATA.$(cat "$PGDATA/PG_VERSION")
  [ ! -e "$aside" ] || fail "upgrade: must have no other folder $aside, got one; look at it, and move it away"
  echo "$2" >"$PGDATA/berth-image"
  mv "$PGDATA" "$aside"
  mv "$next" "$PGDATA" || {
    mv "$aside" "$PGDATA"
    fail "upgrade: $next must take the place of $PGDATA, which is as it was"
  }
  sync
}

case $1 in
  look) look ;;
  swap) swap "$2" "$3" ;;
  drop) rm -rf "$PGDATA.$2" ;;
esac
