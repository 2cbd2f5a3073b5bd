/**
 * The server's entrypoint: the official image takes any folder with a PG_VERSION for a database, and initdb writes
 * that file early on. A container killed meanwhile (an interrupted `up`, a power cut) would leave a database that never
 * starts. So a new one is made in a folder beside, by the image's own script for that, and renamed when it is whole.
 * Images before 2024 don't have the script (https://github.com/docker-library/postgres/pull/1150) and do as they did.
 */
export const startWhole = [
  "/bin/sh",
  "-c",
  `set -e
if [ ! -s "$PGDATA/PG_VERSION" ] && command -v docker-ensure-initdb.sh >/dev/null; then
  rm -rf "$PGDATA.part"
  PGDATA="$PGDATA.part" docker-ensure-initdb.sh "$@"
  # Only an empty folder may be in the way: it is not for us to remove what somebody put there.
  [ ! -d "$PGDATA" ] || rmdir "$PGDATA"
  mv "$PGDATA.part" "$PGDATA"
fi
exec docker-entrypoint.sh "$@"`,
  // What a shell calls itself in what it complains of.
  "postgres-start",
];
