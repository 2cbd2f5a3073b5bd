# What the rest needs, looked at before anything is changed.
check() {
  [ "$(id -u)" = 0 ] || fail "host.address: must be root or a user who may sudo without a password, got $(id -un)"
  # shellcheck disable=SC1091
  . /etc/os-release
  case "$ID-$VERSION_ID" in
    debian-12 | debian-13 | ubuntu-22.04 | ubuntu-24.04 | ubuntu-26.04) ;;
    *) fail "distribution: must be Debian 12 or 13 or Ubuntu 22.04, 24.04 or 26.04, got $PRETTY_NAME; choose another image" ;;
  esac
  case "$(uname -m)" in
    x86_64 | aarch64) ;;
    *) fail "architecture: must be x86_64 or aarch64, got $(uname -m)" ;;
  esac
  [ -d /run/systemd/system ] || fail "init: must be systemd, got $(ps -o comm= -p 1)"
  # The firewall of a machine that has one is mended whatever its disk holds.
  [ -e /usr/local/sbin/berth-firewall ] || { room && unheld; }
}

# Who holds a port of the proxy's now will hold it when the proxy wants it; which container does is the engine's to tell.
unheld() {
  for port in $public_ports; do
    holder=$(ss -Hltnp "sport = :$port" | sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/\1, pid \2/p' | grep -v '^docker' | head -n 1)
    [ -z "$holder" ] ||
      fail "host: must have port $port free for the proxy, got \"$holder\"; stop that on the machine, for example with systemctl disable --now"
  done
}

# Room for Docker, which is needed once: by what installs it.
room() {
  roomy "$(docker_root)" "data-root in /etc/docker/daemon.json"
  images=$(containerd_root)
  [ -z "$images" ] || roomy "$images" "root in /etc/containerd/config.toml"
}

# roomy FOLDER SETTING: there is room on the disk of the folder, which is made below the next one above it.
roomy() {
  there=$(readlink -m "$1")
  until [ -d "$there" ]; do there=$(dirname "$there"); done
  free=$(($(df --output=avail -k "$there" | tail -n 1) / 1024 / 1024))
  [ "$free" -ge "$least_disk" ] ||
    fail "disk: must have $least_disk GiB free below $1, got $free; enlarge the disk, delete something, or name another disk's folder as $2"
}

# Where the engine keeps its data: as it says, else as it will read.
docker_root() {
  if root=$(answer '{{.DockerRootDir}}') && [ "$root" ]; then
    echo "$root"
  else
    root=$(tr '\n' ' ' 2>/dev/null </etc/docker/daemon.json | sed -n 's/.*"data-root"[[:space:]]*:[[:space:]]*"\([^"]*\)".*/\1/p') || :
    echo "${root:-/var/lib/docker}"
  fi
}

# Where containerd keeps images, of an engine that leaves them to it.
containerd_root() {
  answer '{{json .DriverStatus}}' | grep -q 'io\.containerd\.snapshotter' || return 0
  root=$(containerd config dump 2>/dev/null | sed -n "s/^root *= *[\"']\(.*\)[\"'].*/\1/p") || :
  echo "${root:-/var/lib/containerd}"
}

# answer FORMAT: what an engine says that runs; asking another would start it.
answer() { systemctl is-active --quiet docker && docker info --format "$1" 2>/dev/null; }
