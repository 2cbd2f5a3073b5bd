#!/bin/sh
# Becomes redis-server; a first argument that is an option or a *.conf file is the server's.
set -eu
case ${1:-} in -* | *.conf) set -- redis-server "$@" ;; esac
[ "${1:-}" = redis-server ] || exec "$@"

# The official image listens for its network by default; Debian's server only for loopback unless it has a password.
# The last word wins in Redis, so a configuration that decides this itself is left alone.
case "$* " in
  *'protected-mode '*) ;;
  *) if ! { [ -f "${2:-}" ] && grep -qE '^[[:space:]]*(protected-mode|include)[[:space:]]' "$2"; }; then
    set -- "$@" --protected-mode no
  fi ;;
esac
umask 0077
if [ "$(id -u)" = 0 ]; then
  find . ! -user redis -exec chown redis:redis {} +
  exec setpriv --reuid=redis --regid=redis --init-groups "$@"
fi
exec "$@"
