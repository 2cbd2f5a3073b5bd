#!/bin/sh
set -e
mkdir -p logs
echo "$(date) starting: $*" >> logs/start.log
python -c "import main; main.create_tables()"
exec "$@"
