# settled ID: well again within two minutes.
settled() {
  waited=0
  until well "$1"; do
    [ "$waited" -lt 120 ] || return 1
    sleep 1
    waited=$((waited + 1))
  done
}

# again ID: stopped as gently as it asks for, and started. nginx replaces its workers instead: what they are at is
# finished, and its ports are never closed.
again() {
  if well "$1" && docker top "$1" -eo pid,comm | grep -q ' nginx$'; then
    docker kill --signal HUP "$1" >/dev/null
    return 0
  fi
  [ "$(health "$1")" != paused ] || docker unpause "$1" >/dev/null
  docker restart --time "$(docker inspect --format '{{or .Config.StopTimeout 10}}' "$1")" "$1" >/dev/null
}

# rank ID: 1 for what keeps data of its own, else 2; a folder that several share makes nobody a database.
rank() {
  ! is_postgres "$1" || echo 1
  service=$(label "$1" service)
  data_of "$1" | while read -r kind source path; do
    owner=$(basename "$source")
    [ "$kind" = folder ] || owner=$(docker volume inspect --format '{{index .Labels "berth.service"}}' "$source" </dev/null)
    [ "$owner" != "$service" ] || echo 1
  done
  echo 2
}

# Databases come first, so that nothing is started again for want of one; then the rest, each by name.
ordered() {
  for container in $(containers --all "$@"); do
    echo "$(rank "$container" | head -n 1) $(name "$container") $container"
  done | sort | cut -d ' ' -f 3
}

restart() {
  wanted=$(ordered ${1:+--filter "label=berth.service=$1"})
  [ "$wanted" ] || nobody "${1:-}"
  for container in $wanted; do
    if tasked "$container"; then
      echo "leaving $(name "$container") to the swarm; run docker service update --force on a manager"
      continue
    fi
    echo "restarting $(name "$container")"
    again "$container"
    settled "$container" || fail "$(name "$container") is not healthy; see sudo $verb logs $(label "$container" service)"
  done
}
