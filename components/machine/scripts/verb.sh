#!/bin/sh
# Written by Berth, overwritten by its next setup.
# Variables at the top: system verb folder
set -eu
keep=14
databases='select datname from pg_database where datallowconn and not datistemplate'

usage() {
  cat <<TEXT
usage: $verb COMMAND

  status                  what runs, and how it is
  logs [SERVICE] [-f]     the last 200 lines of one service or of all, -f to follow
  restart [SERVICE]       one container after the other, each healthy before the next
  backup                  databases and data volumes into $folder/backups
TEXT
}

# containers [FILTER…]: ids of the system's services.
containers() {
  docker ps --quiet --no-trunc --filter "label=berth.system=$system" --filter label=berth.role=service "$@"
}

label() { docker inspect --format "{{index .Config.Labels \"berth.$2\"}}" "$1"; }

name() { docker inspect --format '{{slice .Name 1}}' "$1"; }

health() { docker inspect --format '{{if .State.Health}}{{.State.Health.Status}}{{else}}{{.State.Status}}{{end}}' "$1"; }

status() {
  format='{{.Label "berth.service"}}|{{.Names}}|{{.Status}}'
  docker ps --all --filter "label=berth.system=$system" --filter label=berth.role=service --format "$format" | sort |
    awk -F '|' 'BEGIN { printf "%-22s %-40s %s\n", "SERVICE", "CONTAINER", "STATUS" }
      { printf "%-22s %-40s %s\n", $1, $2, $3 }'
  newest=$(find "$folder/backups" -mindepth 1 -maxdepth 1 -type d -name '20*' 2>/dev/null | sort | tail -n 1)
  echo
  echo "disk      $(df -h --output=avail /var/lib/docker | tail -n 1 | tr -d ' ') free"
  echo "firewall  $(systemctl is-active berth-firewall), containers $(systemctl is-active berth-docker-firewall)"
  echo "backup    ${newest:-none yet}"
  total=$(containers --all | wc -l)
  good=0
  for container in $(containers); do
    case $(health "$container") in healthy | running) good=$((good + 1)) ;; esac
  done
  echo "services  $good of $total well"
  [ "$good" -eq "$total" ]
}

logs() {
  service=
  follow=
  for word in "$@"; do
    case $word in -f | --follow) follow=--follow ;; *) service=$word ;; esac
  done
  wanted=$(containers --all ${service:+--filter "label=berth.service=$service"})
  [ "$wanted" ] || {
    echo "$verb: no container of ${service:-$system} here" >&2
    exit 1
  }
  for container in $wanted; do
    # shellcheck disable=SC2086 # absent when empty
    docker logs --tail 200 $follow "$container" 2>&1 | sed -u "s/^/$(name "$container"): /" &
  done
  wait
}

# recover ID: stopped as gently as it asks for, started, and well again within two minutes.
recover() {
  docker restart --time "$(docker inspect --format '{{or .Config.StopTimeout 10}}' "$1")" "$1" >/dev/null
  waited=0
  until case $(health "$1") in healthy | running) true ;; *) false ;; esac do
    [ "$waited" -lt 120 ] || return 1
    sleep 1
    waited=$((waited + 1))
  done
}

restart() {
  for container in $(containers --all ${1:+--filter "label=berth.service=$1"}); do
    echo "restarting $(name "$container")"
    recover "$container" || {
      echo "$verb: $(name "$container") is not healthy; see $verb logs $(label "$container" service)" >&2
      exit 1
    }
  done
}

backup() {
  target=$folder/backups/$(date -u +%Y-%m-%dT%H-%M-%SZ)
  umask 077
  mkdir -p "$target.part"
  for container in $(containers); do
    service=$(label "$container" service)
    if docker exec "$container" sh -c 'command -v pg_dump' >/dev/null 2>&1; then
      # Over the server's own socket, which trusts its superuser.
      for database in $(docker exec "$container" psql -U postgres -Atc "$databases"); do
        docker exec "$container" pg_dump -U postgres -Fc "$database" >"$target.part/$service.$database.dump"
        echo "dumped $database of $service"
      done
      continue
    fi
    docker inspect --format '{{range .Mounts}}{{if eq .Type "volume"}}{{.Name}} {{.Destination}}{{"\n"}}{{end}}{{end}}' "$container" |
      while read -r volume path; do
        [ "$volume" ] || continue
        [ "$(docker volume inspect --format '{{index .Labels "berth.role"}}' "$volume")" = data ] || continue
        [ -e "$target.part/$volume.tar.gz" ] && continue
        docker cp "$container:$path" - | gzip >"$target.part/$volume.tar.gz"
        echo "copied $volume"
      done
  done
  [ "$(ls -A "$target.part")" ] || {
    rmdir "$target.part"
    echo "$verb: nothing here to back up" >&2
    exit 1
  }
  mv "$target.part" "$target"
  find "$folder/backups" -mindepth 1 -maxdepth 1 -type d -name '20*Z' | sort -r | tail -n +$((keep + 1)) | xargs -r rm -rf
  echo "$target"
}

# Docker starts what crashed but leaves what is unhealthy (moby#28400). A container that stays so for 20 s is restarted,
# and again after 20 s, 40 s, 80 s …, six times at most. While it is young nothing happens: after a boot everything
# starts at once, and a restart would only make it later.
watch() {
  state=/run/$verb
  mkdir -p "$state"
  systemd-notify --ready 2>/dev/null || :
  last=
  while :; do
    total=0
    sick=0
    for container in $(containers); do
      total=$((total + 1))
      [ "$(health "$container")" = unhealthy ] || {
        [ "$(health "$container")" != healthy ] || rm -f "$state/$container"
        continue
      }
      sick=$((sick + 1))
      revive "$container" || :
    done
    now="$((total - sick)) of $total well"
    [ "$now" = "$last" ] || {
      echo "$now"
      systemd-notify --status="$now" 2>/dev/null || :
    }
    last=$now
    sleep 5
  done
}

# revive ID: restarts it unless it is young, rests, or was given up.
revive() {
  now=$(date +%s)
  born=$(date -d "$(docker inspect --format '{{.State.StartedAt}}' "$1")" +%s)
  [ $((now - born)) -ge 120 ] || [ -e "$state/$1" ] || return 0
  read -r tries due 2>/dev/null <"$state/$1" || {
    echo "0 $((now + 20))" >"$state/$1"
    return 0
  }
  [ "$now" -ge "$due" ] || return 0
  tries=$((tries + 1))
  if [ "$tries" -gt 6 ]; then
    [ "$tries" -gt 7 ] || echo "gave up on $(name "$1"): unhealthy after 6 restarts; see $verb logs $(label "$1" service)"
    echo "7 $((now + 86400))" >"$state/$1"
    return 0
  fi
  echo "$tries $((now + 10 * (1 << tries)))" >"$state/$1"
  echo "restarting $(name "$1"), which is unhealthy"
  docker restart --time "$(docker inspect --format '{{or .Config.StopTimeout 10}}' "$1")" "$1" >/dev/null
}

command=${1:-}
[ $# -eq 0 ] || shift
case $command in
  status) status ;;
  logs) logs "$@" ;;
  restart) restart "$@" ;;
  backup) backup ;;
  watch) watch ;;
  *)
    usage >&2
    exit 2
    ;;
esac
