#!/bin/sh
# Written by Berth, overwritten by its next setup.
# Variables at the top: system verb folder facts
set -eu
keep=14
databases='select datname from pg_database where datallowconn and not datistemplate'

usage() {
  cat <<TEXT
usage: sudo $verb COMMAND

  status                  what runs, and how it is
  logs [SERVICE] [-f]     the last 200 lines of one service or of all, -f to follow
  restart [SERVICE]       one container after the other, each healthy before the next
  backup                  databases, data volumes and data folders into $folder/backups
TEXT
}

fail() {
  echo "$verb: $*" >&2
  exit 1
}

# listed FORMAT [FILTER…]: a line for each container of the system's services; of a swarm's none that it has let go of,
# which it keeps for their logs.
listed() {
  format=$1
  shift
  docker ps --no-trunc --filter "label=berth.system=$system" --filter label=berth.role=service \
    --format "{{.Label \"com.docker.swarm.task.id\"}}|{{.Status}}|$format" "$@" |
    awk -F '|' '$1 == "" || $2 ~ /^Up/ { sub(/^[^|]*\|[^|]*\|/, ""); print }'
}

# containers [FILTER…]: their ids.
containers() { listed '{{.ID}}' "$@"; }

# tasked ID: whether a swarm decides when it starts and ends.
tasked() { [ "$(docker inspect --format '{{index .Config.Labels "com.docker.swarm.task.id"}}' "$1")" ]; }

# nobody [SERVICE]: ends with what there is instead.
nobody() {
  there=$(listed '{{.Label "berth.service"}}' --all | sort -u | paste -sd , - | sed 's/,/, /g')
  [ "$there" ] || fail "no container of $system here"
  fail "service: must be one of $there, got \"$1\""
}

label() { docker inspect --format "{{index .Config.Labels \"berth.$2\"}}" "$1"; }

name() { docker inspect --format '{{slice .Name 1}}' "$1"; }

# A container that is paused keeps the health it had.
health() {
  docker inspect --format '{{if .State.Paused}}paused{{else if .State.Health}}{{.State.Health.Status}}{{else}}{{.State.Status}}{{end}}' "$1"
}

well() { case $(health "$1") in healthy | running) true ;; *) false ;; esac }

# PostgreSQL's image names its major version, also of a container that is stopped.
# What makes backups runs that image too, and is no database.
is_postgres() {
  [ "$(label "$1" service)" != backup ] || return 1
  docker inspect --format '{{range .Config.Env}}{{println .}}{{end}}' "$1" | grep -q '^PG_MAJOR='
}

# What is left on the fuller disk of Docker's data and its volumes: below a tenth or 2 GiB somebody has to make room, and below 2 GiB a
# database's next write may fail.
room() {
  root=$(docker info --format '{{.DockerRootDir}}')
  df --output=size,avail "$root" "$root/volumes" 2>/dev/null | awk '
    NR > 1 && (!size || $2 / $1 < free / size) { size = $1; free = $2 }
    END {
      printf "%.1fG of %.1fG free", free / 2^20, size / 2^20
      print free < 2^21 || free < size / 10 ? "; berth prune makes room" : ""
      exit free < 2^21
    }'
}

status() {
  listed '{{.Label "berth.service"}}|{{.Names}}|{{.Status}}' --all | sort |
    awk -F '|' 'BEGIN { printf "%-22s %-40s %s\n", "SERVICE", "CONTAINER", "STATUS" }
      { printf "%-22s %-40s %s\n", $1, $2, $3 }'
  newest=$(find "$folder/backups" -mindepth 1 -maxdepth 1 -type d -name '20*Z' 2>/dev/null | sort | tail -n 1)
  sick=
  firewall=$(/usr/local/sbin/berth-firewall check) || sick=yes
  watch=$(systemctl is-active "$verb") || sick=yes
  echo
  printf 'disk      '
  room || sick=yes
  echo "firewall  $firewall"
  echo "watch     $watch"
  echo "backup    ${newest:-none yet}"
  total=0
  good=0
  for container in $(containers --all); do
    total=$((total + 1))
    ! well "$container" || good=$((good + 1))
  done
  echo "services  $good of $total well"
  [ "$total" -gt 0 ] || fail "no container of $system here"
  [ "$good" -eq "$total" ] && [ -z "$sick" ]
}

logs() {
  service=
  follow=
  for word in "$@"; do
    case $word in
      -f | --follow) follow=--follow ;;
      -*) fail "logs: must have a service or -f, got \"$word\"" ;;
      *) service=$word ;;
    esac
  done
  wanted=$(containers --all ${service:+--filter "label=berth.service=$service"})
  [ "$wanted" ] || nobody "$service"
  for container in $wanted; do
    # shellcheck disable=SC2086 # absent when empty
    docker logs --tail 200 $follow "$container" 2>&1 | sed -u "s/^/$(name "$container"): /" &
  done
  wait
}
