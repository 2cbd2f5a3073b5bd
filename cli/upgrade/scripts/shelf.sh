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

# What a killed copy has left goes. Nobody copies while this runs, and a server makes a new cluster only where there is
# none. Kept is what drop and swap find by its version: a folder of somebody else's is none of ours.
look() {
  if [ -s "$PGDATA/PG_VERSION" ]; then
    drop_part
    facts used "$PGDATA"
  fi
  for each in "$PGDATA".*; do
    [ "$each" = "$PGDATA.$(cat "$each/PG_VERSION" 2>/dev/null)" ] || continue
    facts kept "$each"
  done
}

# Between the two moves of a swap there is no data under its name, and a server that started then would make an empty
# cluster. It would begin by removing what is left in $PGDATA.part (see postgres.start.ts), and this it can't remove. The
# mark, a file whose text is the version put aside, is no part of that: it would be removed all the same.
shut() {
  mkdir -p "$PGDATA.part/shut/something"
  chmod 0 "$PGDATA.part/shut"
  cp "$PGDATA/PG_VERSION" "$PGDATA.aside"
  sync
}

# Takes that away, and puts the data back where a swap was killed on its way. The mark goes last, so that it may be
# killed too.
mend() {
  [ -e "$PGDATA" ] || mv "$PGDATA.$(cat "$PGDATA.aside")" "$PGDATA"
  drop_part
  sync
  rm "$PGDATA.aside"
}

drop_part() {
  [ ! -d "$PGDATA.part/shut" ] || chmod 700 "$PGDATA.part/shut"
  rm -rf "$PGDATA.part"
}

# free FOLDER: nothing is there that a move would go into.
free() { [ ! -e "$1" ] || fail "upgrade: must have no other folder $1, got one; look at it, and move it away"; }

# swap NEXT IMAGE: what is beside as NEXT takes the place of the data, which is kept with the image that runs it.
swap() {
  next=$PGDATA.$1
  [ -s "$next/PG_VERSION" ] || fail "upgrade: must have the data of $next, got no such folder"
  # A server that was killed leaves its mark, and its data has to be recovered by its own version first.
  for each in "$PGDATA" "$next"; do
    [ ! -e "$each/postmaster.pid" ] || fail "upgrade: must be data of a server that has stopped, got $each/postmaster.pid"
  done
  aside=$PGDATA.$(cat "$PGDATA/PG_VERSION")
  free "$aside"
  if [ "$1" = part ]; then
    next=$PGDATA.$(cat "$PGDATA.part/PG_VERSION")
    free "$next"
    mv "$PGDATA.part" "$next"
  fi
  echo "$2" >"$PGDATA/berth-image"
  shut
  mv "$PGDATA" "$aside"
  mv "$next" "$PGDATA" || {
    mend
    fail "upgrade: $next must take the place of $PGDATA, which is as it was"
  }
  mend
}

[ ! -e "$PGDATA.aside" ] || mend
case $1 in
  look) look ;;
  swap) swap "$2" "$3" ;;
  drop) if [ "$2" = part ]; then drop_part; else rm -rf "$PGDATA.$2"; fi ;;
esac
