#!/bin/sh
# Waits for a machine's sshd, cloud-init and Docker, and says on standard error where it is. Told: deadline in seconds.
set -u
begin=$(date +%s)
last=$(mktemp)
trap 'rm -f "$last"' EXIT

say() {
  [ "$(cat "$last")" = "$1" ] && return
  printf '%s' "$1" >"$last"
  echo "$(($(date +%s) - begin)) s: $1" >&2
}

left() { echo $((begin + deadline - $(date +%s))); }

# One connection as long as it lasts; 10 is ready, 11 has failed.
attempt() {
  error=
  {
    { echo "patience=$(left)" && probe; } | ssh "$@" sh -s 2>&1
    echo "@ended $?"
  } | while IFS= read -r line; do
    case $line in
      @ready) exit 10 ;;
      '@failed '*)
        say "failed in ${line#@failed }"
        exit 11
        ;;
      '@at '*) say "${line#@at }" ;;
      '@log '*) echo "  ${line#@log }" >&2 ;;
      *'Host key verification failed'*)
        say "the machine shows another host key than it should"
        exit 11
        ;;
      '@ended 255') say "no ssh yet, $error" ;;
      @ended*) ;;
      *) error=$line ;;
    esac
  done
}

while [ "$(left)" -gt 0 ]; do
  attempt "$@"
  case $? in
    10)
      say ready
      echo ready
      exit 0
      ;;
    11) exit 1 ;;
  esac
  sleep 2
done
echo "the machine was not ready in $deadline s; it was last at: $(cat "$last")" >&2
exit 1
