#!/bin/sh
# Variables at the top: service deadline passing
# and a function, manager, which runs a command on a machine that manages the swarm.
set -eu

# How many of its containers run, of how many are wanted, such as 2/3; nothing of a service that is gone.
running() {
  listed=$(manager "docker service ls --filter name=$service --format '{{.Name}} {{.Replicas}}'") || return
  echo "$listed" | while read -r name replicas; do
    [ "$name" != "$service" ] || echo "${replicas%% *}"
  done
}

# What runs on a machine that is away is counted, and nobody's to stop.
stopped() {
  now=$(running) || return
  case $now in "" | 0/*) return ;; esac
  away=$(manager "docker node ls --format '{{.ID}} {{.Status}}'" | sed -n 's/ Down$//p')
  [ -n "$away" ] || return
  tasks=$(manager "docker service ps --no-resolve --format '{{.Node}} {{.CurrentState}}' $service") || return
  for node in $(echo "$tasks" | sed -n 's/ Running .*//p'); do
    echo "$away" | grep -qxF "$node" || return
  done
}

# The provider waits for a service's end less long than its containers have for theirs, and calls that a failure; what
# has none goes at once. It lets go of its networks too: Docker deletes none that a service is on, and where one is made
# anew the service is the same.
stop() {
  if ! now=$(running); then
    # Where machines are made anew, one that is off by then may be all that managed it.
    [ -z "$passing" ] || {
      echo "swarm: $service: not reached, forgotten" >&2
      return 0
    }
    echo "swarm: $service: the manager wasn't reached" >&2
    exit 1
  fi
  [ -n "$now" ] || return 0
  manager "docker service scale --detach $service=0" >/dev/null
  end=$(($(date +%s) + deadline))
  until stopped; do
    if [ "$(date +%s)" -ge "$end" ]; then
      echo "swarm: $service: must have stopped within $deadline s, got $(running) running" >&2
      exit 1
    fi
    sleep 1
  done
  named='{{range .Spec.TaskTemplate.Networks}}{{.Target}} {{end}}'
  networks=$(manager "docker service inspect --format '$named' $service") || networks=
  for each in $networks; do
    manager "docker service update --detach --network-rm $each $service" >/dev/null
  done
}
