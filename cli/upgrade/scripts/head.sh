#!/bin/sh
# Moves a PostgreSQL's data to another major version. Runs in the new version's image, with the old server's volumes and
# no network: the old server is reached by its socket, and the new one listens in this container alone.
# PGDATA is the old data; the new is made beside it in $PGDATA.part, and takes its place when the old server has stopped.
set -eu
umask 077
old=/var/run/postgresql
new=/tmp/upgrade
part=$PGDATA.part

say() { echo "postgres: $*"; }

fail() {
  echo "$*" >&2
  exit 1
}

# ask SOCKET DATABASE ARGUMENTS: psql as the superuser. By its variable, because an argument may be read as a URL.
ask() {
  socket=$1 name=$2
  shift 2
  PGDATABASE=$name PGOPTIONS="-c client_min_messages=warning -c statement_timeout=0 -c timezone=UTC" \
    psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$socket" -U postgres "$@"
}

# megabytes FOLDER
megabytes() { du -sm "$1" | cut -f 1; }
