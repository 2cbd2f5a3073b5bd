#!/bin/sh
# Runs what /docker-entrypoint.d holds and fills /etc/nginx/templates, as the official image does, then the command.
set -eu
case ${1:-} in
  nginx | nginx-debug)
    for file in /docker-entrypoint.d/*; do
      case $file in
        *.envsh) [ ! -x "$file" ] || . "$file" ;;
        *.sh) [ ! -x "$file" ] || "$file" ;;
      esac
    done
    names=$(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/${\1}/p' | tr '\n' ' ')
    for template in /etc/nginx/templates/*.template; do
      [ -f "$template" ] || continue
      envsubst "$names" <"$template" >"/etc/nginx/conf.d/$(basename "$template" .template)"
    done
    ;;
esac
exec "$@"
