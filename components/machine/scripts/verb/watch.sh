# Docker starts what crashed but leaves what is unhealthy (moby#28400). A container that stays so for 20 s is restarted,
# and again after 20 s, 40 s, 80 s …, six times at most. While it is young nothing happens: after a boot everything
# starts at once, and a restart would only make it later.
watch() {
  state=/run/$verb
  mkdir -p "$state"
  systemd-notify --ready 2>/dev/null || :
  last=
  round=0
  while :; do
    [ $((round % 6)) -ne 0 ] || {
      look_at_firewall
      start_again
    }
    round=$((round + 1))
    total=0
    sick=0
    # One question for all: one for each took a third of a core where there are twenty.
    while read -r container how; do
      [ -n "$container" ] || continue
      total=$((total + 1))
      case $how in
      *"(healthy)") rm -f "$state/$container" ;;
      *"(unhealthy)")
        sick=$((sick + 1))
        revive "$container" </dev/null || :
        ;;
      esac
    done <<EOF
$(listed '{{.ID}} {{.Status}}')
EOF
    now="$((total - sick)) of $total well"
    [ "$now" = "$last" ] || {
      echo "$now"
      systemd-notify --status="$now" 2>/dev/null || :
    }
    last=$now
    sleep 5
  done
}

# start_again: what Docker failed to start and tries no more, such as after a boot while its swarm had no majority; one
# that a person stopped has no error.
start_again() {
  for container in $(docker ps --all --quiet --filter "label=berth.system=$system" --filter label=berth.role=service --filter status=exited); do
    [ "$(docker inspect --format '{{.State.Error}}' "$container")" ] || continue
    ! tasked "$container" || continue
    echo "starting $(name "$container"), which Docker could not start"
    docker start "$container" >/dev/null 2>&1 || :
  done
}

# revive ID: restarts it unless it is young, rests, or was given up. A swarm's is the swarm's matter.
revive() {
  ! tasked "$1" || return 0
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

# look_at_firewall: says when what the firewall is has changed, and leaves it as a metric for who monitors the system.
look_at_firewall() {
  before=${firewall:-closed}
  closed=1
  firewall=$(/usr/local/sbin/berth-firewall check) || closed=0
  [ "$firewall" = "$before" ] || echo "firewall $firewall"
  printf 'berth_firewall_closed %s\nberth_firewall_checked_timestamp_seconds %s\n' "$closed" "$(date +%s)" >"$state/firewall.prom"
  # Only a container that may write there can be told; one that has ended will do.
  for container in $(docker ps --all --quiet --filter "label=berth.system=$system" --filter "volume=$facts"); do
    docker cp "$state/firewall.prom" "$container:$facts/firewall.prom" >/dev/null 2>&1 || continue
    break
  done
}
