#!/bin/sh
# Becomes minio; words that aren't a program are the server's own.
set -eu
case ${1:-} in minio | "") ;; server | gateway | -*) set -- minio "$@" ;; esac
exec "$@"
