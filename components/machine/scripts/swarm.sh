#!/bin/sh
# Variables at the top: stack machine address manager_address role pool deadline
# and two functions, manager and member, each of which runs a command on that machine.
set -eu

fail() {
  echo "swarm: $*" >&2
  exit 1
}

# What a machine's engine is in a swarm: inactive, member or manager, and its id there.
standing() {
  "$1" "docker info --format '{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}} {{.Swarm.NodeID}}'" | {
    read -r state control id || fail "$machine: its Docker doesn't say whether it is in a swarm"
    case "$state $control" in
      "inactive "*) echo inactive ;;
      "active true") echo "manager $id" ;;
      "active false") echo "member $id" ;;
      *) fail "$machine: must be in no swarm, or well in this stack's, got \"$state\"; run: docker swarm leave --force" ;;
    esac
  }
}

# owned ID: the machine of this id is one of this stack's.
owned() {
  [ "$(manager "docker node inspect --format '{{index .Spec.Labels \"berth.stack\"}}' $1" 2>/dev/null)" = "$stack" ]
}

foreign() {
  fail "$machine: must be in no swarm but this stack's, got another; take it out with: docker swarm leave --force"
}

# Its name and stack, by which it is known again.
labelled() {
  manager "docker node update --label-add berth.stack=$stack --label-add berth.machine=$machine $1" >/dev/null
}

# What init writes down holds the way in, and is thrown away.
begin() {
  set -- $(standing manager)
  case $1 in
    inactive)
      manager "docker swarm init --advertise-addr $address --listen-addr $address:2377 --data-path-addr $address --default-addr-pool $pool --default-addr-pool-mask-length 24" >/dev/null
      set -- $(standing manager)
      labelled "$2"
      ;;
    manager) owned "$2" || foreign ;;
    *) foreign ;;
  esac
  echo "$2"
}

# Its id there is what a run of before printed, which the engine hands on: it joined with a first machine that is no more.
former() { [ "$1" = "${PULUMI_COMMAND_STDOUT:-}" ]; }

# The token goes from machine to machine and nowhere else, not into arguments here.
join() {
  set -- $(standing member)
  if [ "$1" != inactive ] && ! owned "$2"; then
    former "$2" || foreign
    member "docker swarm leave --force" >/dev/null
    set -- inactive
  fi
  if [ "$1" = inactive ]; then
    manager "docker swarm join-token -q $role" |
      member "read -r token && docker swarm join --token \"\$token\" --advertise-addr $address --listen-addr $address:2377 --data-path-addr $address $manager_address:2377" >/dev/null ||
      fail "$machine: could not join at $manager_address:2377 from $address; are 2377, 7946 and 4789 open between the machines? run berth setup"
    set -- $(standing member)
    labelled "$2"
  fi
  case $role in
    manager) manager "docker node promote $2" >/dev/null ;;
    worker) manager "docker node demote $2" >/dev/null ;;
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

# What runs there goes elsewhere first. A machine that is gone is forgotten.
leave() {
  id=$(manager "docker node ls -q --filter node.label=berth.machine=$machine" | head -n 1)
  [ -n "$id" ] || return 0
  manager "docker node update --availability drain $id" >/dev/null
  manager "docker node demote $id" >/dev/null
  end=$(($(date +%s) + deadline))
  until [ "$(standing member)" = "member $id" ] || [ "$(date +%s)" -ge "$end" ]; do sleep 1; done
  member "docker swarm leave --force" >/dev/null || echo "swarm: $machine: not reached, forgotten" >&2
  manager "docker node rm --force $id" >/dev/null
}

# A cloud's machine is off by the time that another takes its place.
end() {
  set -- $(standing manager 2>/dev/null)
  [ "${1:-}" = inactive ] || manager "docker swarm leave --force" >/dev/null || echo "swarm: $machine: not reached, forgotten" >&2
}
