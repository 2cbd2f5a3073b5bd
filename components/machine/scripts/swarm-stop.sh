#!/bin/sh
# Variables at the top: service deadline patience passing others
# and functions: changed; manager and each of others, that run a command on a machine; the first manages the swarm, or did.
set -eu

# How many of its containers run, of how many are wanted, such as 2/3; nothing of a service that is gone.
running() {
  listed=$("$who" "docker service ls --filter name=$service --format '{{.Name}} {{.Replicas}}'") || return
  echo "$listed" | while read -r name replicas; do
    [ "$name" != "$service" ] || echo "${replicas%% *}"
  done
}

# What runs on a machine that is away is counted, and nobody's to stop.
stopped() {
  now=$(running) || return
  case $now in "" | 0/*) return ;; esac
  away=$("$who" "docker node ls --format '{{.ID}} {{.Status}}'" | sed -n 's/ Down$//p')
  [ -n "$away" ] || return
  tasks=$("$who" "docker service ps --no-resolve --format '{{.Node}} {{.CurrentState}}' $service") || return
  for node in $(echo "$tasks" | sed -n 's/ Running .*//p'); do
    echo "$away" | grep -qxF "$node" || return
  done
}

# found: who manages the service now, and how much of it runs. Others may have gone on without the first.
found() {
  for who in manager $others; do
    now=$(running 2>/dev/null) && return
  done
  return 1
}

# The provider waits for a service's end less long than its containers have for theirs, and calls that a failure; what
# has none goes at once. It lets go of its networks too: Docker deletes none that a service is on, and where one is made
# anew the service is the same.
stop() {
  end=$(($(date +%s) + patience))
  until found; do
    if [ "$(date +%s)" -lt "$end" ]; then
      sleep 1
    elif [ -n "$passing" ]; then
      # Where machines are made anew, one that is off by then may be all that managed it.
      echo "swarm: $service: not reached, forgotten" >&2
      return 0
    else
      echo "swarm: $service: the manager wasn't reached" >&2
      exit 1
    fi
  done
  [ -n "$now" ] || return 0
  end=$(($(date +%s) + deadline))
  changed "$who" "docker service scale --detach $service=0"
  until stopped; do
    if [ "$(date +%s)" -ge "$end" ]; then
      echo "swarm: $service: must have stopped within $deadline s, got $(running) running" >&2
      exit 1
    fi
    sleep 1
  done
  named='{{range .Spec.TaskTemplate.Networks}}{{.Target}} {{end}}'
  networks=$("$who" "docker service inspect --format '$named' $service") || networks=
  for each in $networks; do
    changed "$who" "docker service update --detach --network-rm $each $service"
  done
  # The engine deletes nothing over a machine that is replaced.
  [ "$who" = manager ] || now=$(who=manager && running 2>/dev/null) || "$who" "docker service rm $service" >/dev/null
}
