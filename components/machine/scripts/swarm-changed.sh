# changed FUNCTION COMMAND: managers refuse a change that crosses one of their own, and a machine's removal until all of
# them know that it manages no longer (moby/swarmkit manager/controlapi/node.go); they take it when asked again. For 60 s.
changed() {
  last=$(($(date +%s) + 60))
  until refused=$("$1" "$2" 2>&1 >/dev/null); do
    case $refused in
      *"out of sequence"* | *"must be demoted"*) [ "$(date +%s)" -ge "$last" ] || { sleep 1 && continue; } ;;
    esac
    [ -z "$refused" ] || echo "$refused" >&2
    return 1
  done
}
