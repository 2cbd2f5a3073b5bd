#!/bin/sh
# Variables at the top: stack swept members release
# and a function for each of members, which runs a command on that machine.

# Empty volumes that Docker made for a container and gave to none. What is left where a machine isn't reached goes the next time.
sweep() {
  left="docker volume ls -q --filter dangling=true --filter label=berth.role=scratch"
  for each in $members; do
    "$each" "$left --filter label=berth.stack=$stack --filter label=berth.service=$swept | xargs -r docker volume rm" >/dev/null || :
  done
}
