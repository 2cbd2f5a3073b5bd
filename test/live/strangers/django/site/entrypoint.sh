#!/bin/sh
# Secrets come as files, as official images take them; the site reads its environment.
set -e
for name in $(env | sed -n 's/^\([A-Z_]*\)_FILE=.*/\1/p'); do
    eval "file=\$${name}_FILE"
    value=$(cat "$file")
    export "$name=$value"
done
echo "notes: $*" | cut -c 1-60
exec "$@"
