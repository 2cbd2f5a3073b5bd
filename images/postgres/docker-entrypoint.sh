#!/bin/bash
# Makes the cluster on the first start, then becomes the server; called docker-ensure-initdb.sh, it ends before that.
# Reads POSTGRES_USER, _PASSWORD, _DB, _INITDB_ARGS, _INITDB_WALDIR, _HOST_AUTH_METHOD (each also as NAME_FILE) and PGDATA.
set -Eeuo pipefail

fail() {
  echo "error: $*" >&2
  exit 1
}

# from_file NAME [default]: NAME's value, or the content of the file that NAME_FILE names; both at once is an error.
from_file() {
  local name=$1 file="${1}_FILE" value=${2:-}
  [ -z "${!name:-}" ] || [ -z "${!file:-}" ] || fail "both $name and $file are set"
  if [ -n "${!name:-}" ]; then
    value=${!name}
  elif [ -n "${!file:-}" ]; then
    value=$(<"${!file}")
  fi
  unset "$file"
  printf -v "$name" %s "$value"
}

local_psql() {
  PGHOST='' PGHOSTADDR='' psql -v ON_ERROR_STOP=1 --no-psqlrc --no-password --username "$POSTGRES_USER" "$@"
}

# What the caller left in /docker-entrypoint-initdb.d, in the order of the names.
run_init_files() {
  local file
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sh) echo "init: $file"; if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
      *.sql) echo "init: $file"; local_psql --dbname "$POSTGRES_DB" -f "$file" ;;
      *.sql.gz) echo "init: $file"; gunzip -c "$file" | local_psql --dbname "$POSTGRES_DB" ;;
      *.sql.xz) echo "init: $file"; xz -dc "$file" | local_psql --dbname "$POSTGRES_DB" ;;
      *.sql.zst) echo "init: $file"; zstd -dc "$file" | local_psql --dbname "$POSTGRES_DB" ;;
      *) [ ! -e "$file" ] || echo "init: $file ignored" ;;
    esac
  done
}

make_cluster() {
  from_file POSTGRES_PASSWORD
  from_file POSTGRES_USER postgres
  from_file POSTGRES_DB "$POSTGRES_USER"
  from_file POSTGRES_INITDB_ARGS
  : "${POSTGRES_HOST_AUTH_METHOD:=}"
  [ -n "$POSTGRES_PASSWORD" ] || [ "$POSTGRES_HOST_AUTH_METHOD" = trust ] ||
    fail "the database is new and has no superuser password: set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE"

  # eval, because POSTGRES_INITDB_ARGS is words as a shell splits them. The password goes through a pipe, not a file.
  local waldir=${POSTGRES_INITDB_WALDIR:+--waldir=${POSTGRES_INITDB_WALDIR@Q}}
  eval 'initdb --username="$POSTGRES_USER" --pwfile=<(printf "%s\n" "$POSTGRES_PASSWORD")' "$waldir" "$POSTGRES_INITDB_ARGS"

  : "${POSTGRES_HOST_AUTH_METHOD:=$(postgres -C password_encryption "$@")}"
  printf '\nhost all all all %s\n' "$POSTGRES_HOST_AUTH_METHOD" >>"$PGDATA/pg_hba.conf"

  # Reachable through its socket alone until it is complete, so no client ever meets a half-made database.
  pg_ctl -D "$PGDATA" -w -o "-c listen_addresses='' -c unix_socket_directories=/var/run/postgresql -p 5432" start
  export PGPASSWORD=$POSTGRES_PASSWORD POSTGRES_USER POSTGRES_DB
  if [ "$POSTGRES_DB" != postgres ]; then
    local_psql --dbname postgres --set db="$POSTGRES_DB" <<<'CREATE DATABASE :"db";'
  fi
  run_init_files
  unset PGPASSWORD
  pg_ctl -D "$PGDATA" -m fast -w stop
  echo 'PostgreSQL init process complete; ready for start up.'
}

[ "${1:-}" != "${1#-}" ] && set -- postgres "$@"
[ "${1:-postgres}" = postgres ] || exec "$@"
for argument; do
  case $argument in -\? | --help | --describe-config | -V | --version) exec "$@" ;; esac
done

mkdir -p "$PGDATA"
if [ "$(id -u)" = 0 ]; then
  chown -R postgres:postgres "$PGDATA" /var/run/postgresql
  chmod 3777 /var/run/postgresql
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
chmod 700 "$PGDATA" 2>/dev/null || true
if [ -s "$PGDATA/PG_VERSION" ]; then
  echo 'PostgreSQL Database directory appears to contain a database; Skipping initialization'
else
  make_cluster "${@:2}"
fi
unset POSTGRES_PASSWORD PGPASSWORD
[ "${0##*/}" != docker-ensure-initdb.sh ] || exit 0
exec "$@"
