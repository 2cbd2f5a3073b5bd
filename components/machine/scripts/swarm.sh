#!/bin/sh
# Variables at the top: stack machine address manager_address role pool deadline patience moment others
# and functions: changed; manager, member and each of others, that run a command on that machine.
set -eu

fail() {
  echo "swarm: $*" >&2
  exit 1
}

# What a machine's engine is in a swarm: inactive, member or manager, and its id there. One that has just started looks
# for the others first.
standing() {
  end=$(($(date +%s) + deadline))
  while :; do
    said=$("$1" "docker info --format '{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}} {{.Swarm.NodeID}}'") || said=
    case $said in
      "inactive "*) echo inactive && return ;;
      "active true "*) echo "manager ${said##* }" && return ;;
      "active false "*) echo "member ${said##* }" && return ;;
      "") fail "$machine: its Docker doesn't say whether it is in a swarm" ;;
    esac
    [ "${said%% *}" = pending ] && [ "$(date +%s)" -lt "$end" ] ||
      fail "$machine: must be in no swarm, or well in this stack's, got \"${said%% *}\"; see journalctl -u docker there"
    sleep 1
  done
}

# labels ID: the stack that the machine of this id belongs to, nothing where a run ended before it was said. Fails where
# the manager knows no such machine; one that doesn't answer is asked again for a moment, as while another becomes leader.
labels() {
  asking="docker node inspect --format '{{index .Spec.Labels \"berth.stack\"}}' $1"
  last=$(($(date +%s) + moment))
  until said=$(manager "$asking" 2>/dev/null); do
    why=$(manager "$asking" 2>&1 >/dev/null) || :
    case $why in *"No such node"* | *"not found"*) return 1 ;; esac
    [ "$(date +%s)" -lt "$last" ] || return 1
    sleep 1
  done
  echo "$said"
}

foreign() {
  fail "$machine: must be in no swarm but this stack's, got another; take it out with: docker swarm leave --force"
}

# Its name and stack, by which it is known again.
labelled() {
  changed manager "docker node update --label-add berth.stack=$stack --label-add berth.machine=$machine $1"
}

# fresh ROLE: who saw what lets a machine in can't come in by it again.
fresh() {
  manager "docker swarm join-token --rotate -q $1" >/dev/null
}

# leading: which of the others manages this stack's swarm, nothing where none does.
leading() {
  for other in $others; do
    own=$("$other" "docker node inspect --format '{{index .Spec.Labels \"berth.stack\"}}' self" 2>/dev/null) || continue
    [ "$own" != "$stack" ] || {
      echo "$other"
      return
    }
  done
}

# back FUNCTION: the first machine, made anew, joins the others, who went on without it and forget the one before it.
back() {
  eval "manager() { $1 \"\$1\"; }"
  manager_address=$(manager "docker info --format '{{.Swarm.NodeAddr}}'")
  role=manager
  before=$(manager "docker node ls -q --filter node.label=berth.machine=$machine")
  join
  for id in $before; do
    changed manager "docker node demote $id"
    changed manager "docker node rm --force $id"
  done
}

# What init writes down holds the way in, and is thrown away. Prints which swarm it is.
begin() {
  found=$(standing manager)
  last=$(($(date +%s) + moment))
  while [ "${found%% *}" = member ] && [ "$(date +%s)" -lt "$last" ]; do
    sleep 1
    found=$(standing manager)
  done
  set -- $found
  case $1 in
    inactive)
      other=$(leading)
      if [ -n "$other" ]; then
        back "$other" >/dev/null
        identity member
        return
      fi
      manager "docker swarm init --advertise-addr $address --listen-addr $address:2377 --data-path-addr $address --default-addr-pool $pool --default-addr-pool-mask-length 24" >/dev/null
      found=$(standing manager)
      set -- $found
      labelled "$2"
      ;;
    manager) [ "$(labels "$2")" = "$stack" ] || foreign ;;
    *) foreign ;;
  esac
  identity manager
}

# identity MACHINE: of the swarm that it manages. Without a leader for the moment it doesn't know.
identity() {
  end=$(($(date +%s) + deadline))
  until id=$("$1" "docker info --format '{{with .Swarm.Cluster}}{{.ID}}{{end}}'") && [ -n "$id" ]; do
    [ "$(date +%s)" -lt "$end" ] || fail "$machine: must say within $deadline s which swarm it is in; see docker node ls there"
    sleep 1
  done
  echo "$id"
}

# Its id there is what a run of before printed, which the engine hands on: it joined with a first machine that is no more.
former() { [ "$1" = "${PULUMI_COMMAND_STDOUT:-}" ]; }

# The token goes from machine to machine and nowhere else, not into arguments here; there it is one for a moment.
join() {
  found=$(standing member)
  set -- $found
  if [ "$1" != inactive ] && ! ours=$(labels "$2"); then
    former "$2" || foreign
    member "docker swarm leave --force" >/dev/null
    set -- inactive
  fi
  if [ "$1" = inactive ]; then
    manager "docker swarm join-token -q $role" |
      member "read -r token && docker swarm join --token \"\$token\" --advertise-addr $address --listen-addr $address:2377 --data-path-addr $address $manager_address:2377" >/dev/null ||
      fail "$machine: could not join at $manager_address:2377 from $address; are 2377, 7946 and 4789 open between the machines? run berth setup"
    fresh "$role"
    found=$(standing member)
    set -- $found
    labelled "$2"
  else
    # What the stack's own manager knows is in no other swarm.
    case $ours in "$stack") ;; "") labelled "$2" ;; *) foreign ;; esac
  fi
  case $role in
    manager) changed manager "docker node promote $2" ;;
    # Refused while another manager is away: that one has to go first, and leave does it then.
    worker) changed manager "docker node demote $2" || echo "swarm: $machine: stays a manager for now" >&2 ;;
  esac
  ready "$2"
  echo "$2"
}

# until the managers say that it may be given work.
ready() {
  end=$(($(date +%s) + deadline))
  until [ "$(manager "docker node inspect --format '{{.Status.State}}' $1")" = ready ]; do
    [ "$(date +%s)" -lt "$end" ] || fail "$machine: must be ready in the swarm within $deadline s, got $(manager "docker node inspect --format '{{.Status.State}} {{.Status.Message}}' $1")"
    sleep 1
  done
}

# empty ID: until nothing of the swarm runs there, and all of it runs elsewhere. Time that is up keeps no machine.
empty() {
  [ "$(manager "docker node inspect --format '{{.Status.State}}' $1")" = ready ] || return 0
  end=$(($(date +%s) + patience))
  until settled "$1"; do
    [ "$(date +%s)" -lt "$end" ] || {
      echo "swarm: $machine: still has work after $patience s, and goes" >&2
      return 0
    }
    sleep 1
  done
}

settled() {
  here=$(manager "docker node ps --format '{{.CurrentState}}' $1") || return
  ! echo "$here" | grep -q "^Running" || return
  # A service's own count has what ran on a machine that is away, too.
  all=$(manager "docker service ls -q | xargs -r docker service ps --filter desired-state=running --format '{{.CurrentState}}'") || return
  ! echo "$all" | grep -v "^Running" | grep -q .
}

drained() {
  changed manager "docker node update --availability drain $1"
  empty "$1"
}

# Neither of two managers outlives the other: one is better.
alone() {
  managers=$(manager "docker node ls -q --filter role=manager")
  own=$(manager "docker info --format '{{.Swarm.NodeID}}'")
  set -- $managers
  [ $# -eq 2 ] || return 0
  for other in $managers; do
    [ "$other" = "$own" ] || changed manager "docker node demote $other" || echo "swarm: two managers are left, and neither outlives the other" >&2
  done
}

# demoted ID: refused where too few managers would be left of those that there are to be. One that is away is none then.
demoted() {
  changed manager "docker node demote $1" && return
  for away in $(manager "docker node ls --filter role=manager --format '{{.ID}} {{.ManagerStatus}}'" | sed -n 's/ Unreachable$//p'); do
    changed manager "docker node demote $away"
  done
  changed manager "docker node demote $1"
}

# What runs there goes elsewhere first. A machine that is gone is forgotten. It is known by the id that its joining
# printed, for another of its name may be in its place by now.
leave() {
  found=$(standing manager)
  [ "$found" != inactive ] || return 0
  id=${PULUMI_COMMAND_STDOUT:-}
  [ -n "$id" ] || id=$(manager "docker node ls -q --filter node.label=berth.machine=$machine" | head -n 1)
  if [ -z "$id" ] || ! labels "$id" >/dev/null; then
    alone
    fresh worker
    fresh manager
    return
  fi
  drained "$id"
  demoted "$id"
  end=$(($(date +%s) + deadline))
  # One that isn't reached is waited for no longer.
  until [ "$(standing member 2>/dev/null)" = "member $id" ] || ! member true || [ "$(date +%s)" -ge "$end" ]; do sleep 1; done
  member "docker swarm leave --force" >/dev/null || echo "swarm: $machine: not reached, forgotten" >&2
  changed manager "docker node rm --force $id"
  alone
  fresh worker
  fresh manager
}

# A cloud's machine is off by the time that another takes its place. Of one that stays Docker forgets with the swarm which
# names lead where on its other networks too, until containers start (moby/moby libnetwork/controller.go, clusterAgentInit).
end() {
  running="docker ps -q --filter label=berth.stack=$stack --filter label=berth.role=service"
  found=$(standing manager 2>/dev/null) && { [ "$found" = inactive ] || manager "docker swarm leave --force && $running | xargs -r docker restart" >/dev/null; } ||
    echo "swarm: $machine: not reached, forgotten" >&2
}

# cleared: until the machine has none of the stack's containers, nor volumes but data, which is on the first alone. Fails
# where it isn't reached. Of containers Docker may be removing one itself, and refuses to do so twice.
cleared() {
  containers="docker ps -a --filter label=berth.stack=$stack --format '{{.Names}}'"
  volumes="docker volume ls -q --filter label=berth.stack=$stack --filter label=berth.role"
  volumes="{ $volumes=files && $volumes=shared && $volumes=scratch; }"
  gone="$containers | xargs -r docker stop; $containers | xargs -r docker rm --force --volumes; $volumes | xargs -r docker volume rm"
  end=
  while :; do
    kept=$(member "{ $gone; } >/dev/null 2>&1; $containers && $volumes") || return
    [ -n "$kept" ] || return 0
    # Each had its own time to end.
    end=${end:-$(($(date +%s) + deadline))}
    [ "$(date +%s)" -lt "$end" ] ||
      fail "$machine: must have nothing of this stack's $deadline s after it was removed, got $(echo $kept); see docker ps -a there"
    sleep 1
  done
}

# status: the machine's id in the swarm, and what managers say of it.
status() {
  manager "docker node ls --filter node.label=berth.machine=$machine --format '{{.ID}} {{.Status}}'"
}

resumed() {
  for each in $ready; do changed manager "docker node update --availability active $each" || :; done
}

# What the stack put on a machine that stays and may be gone. What its services run there goes elsewhere first, and
# proxies end once nothing is behind them. Of a run that ends before, it keeps its part.
tidy() {
  nodes=$(status) || nodes=
  ready=$(echo "$nodes" | sed -n 's/ Ready$//p')
  trap resumed EXIT
  trap 'exit 1' HUP INT TERM
  for each in $ready; do drained "$each"; done
  cleared || missed
  trap - EXIT
}

# What it had on the network holds that, and its managers let go of none but with the machine.
missed() {
  echo "swarm: $machine: not reached, what is on it stays" >&2
  nodes=$(status) || return 0
  for each in $(echo "$nodes" | sed -n 's/ Down$//p'); do
    demoted "$each"
    changed manager "docker node rm --force $each"
  done
}
