command=${1:-}
[ $# -eq 0 ] || shift
case $command in
  status | logs | restart | backup | watch) ;;
  *)
    usage >&2
    exit 2
    ;;
esac
[ "$(id -u)" = 0 ] || fail "must be root, got $(id -un); run sudo $verb $command"
docker version >/dev/null 2>&1 || fail "Docker doesn't answer; see systemctl status docker"
"$command" "$@"
