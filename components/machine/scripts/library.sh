# What every step is written with. A step that finds all as it should be leaves `changed` empty.

note() { printf '@note %s\n' "$*"; }

change() {
  changed=yes
  note "$*"
}

fail() {
  printf '@fail %s\n' "$*"
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# step TITLE FUNCTION: runs one step and says how it ended.
step() {
  changed=
  printf '@step %s\n' "$1"
  "$2"
  if [ "$changed" ]; then printf '@changed\n'; else printf '@same\n'; fi
}

# put PATH MODE: the file's content comes on standard input, never through a pipe, where `changed` would be lost;
# true when it had to be written. A file that is right is left alone without a byte on the disk, which may be full.
put() {
  new=$(cat && echo .)
  if printf '%s' "${new%.}" | cmp -s - "$1" && [ "$(stat -c %a:%U "$1")" = "${2#0}:root" ]; then return 1; fi
  mkdir -p "$(dirname "$1")"
  if ! printf '%s' "${new%.}" | install -o root -g root -m "$2" /dev/stdin "$1.berth-new" || ! mv -f "$1.berth-new" "$1"; then
    fail "$1: must be written, got a disk that doesn't take it; look at df -h on the machine"
  fi
  change "wrote $1"
}

# drop PATH: no such file from now on.
drop() {
  [ -e "$1" ] || return 1
  rm -f "$1"
  change "removed $1"
}

# apt WORD…: waits while another process holds one of apt's locks. Lock::Timeout alone won't do: it is for dpkg's lock,
# and a fresh machine's own first update holds that of the lists.
apt() {
  began=$(date +%s)
  until DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get -qq -o DPkg::Lock::Timeout=5 \
    -o Acquire::Retries=3 -o Dpkg::Options::=--force-confold -o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1; do
    held=$(sed -n 's/^E: Could not get lock //p' "$log" | head -n 1)
    [ "$held" ] || fail "apt-get $1 failed, $(grep -E '^E: ' "$log" | head -n 1); look at $log on the machine"
    [ $(($(date +%s) - began)) -lt "$apt_patience" ] ||
      fail "apt: must be free within $apt_patience s, got \"$held\"; wait until that process has ended, and run setup again"
    note "waiting for apt, $held"
    sleep 2
  done
}

installed() { [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null)" = 'ii ' ]; }

# packages NAME…: installs those that are missing.
packages() {
  missing=
  for package in "$@"; do
    installed "$package" || missing="$missing $package"
  done
  [ "$missing" ] || return 0
  note "installing$missing"
  fresh
  # shellcheck disable=SC2086 # a list of names
  apt install --no-install-recommends -y $missing
  change "installed$missing"
}

# Package lists younger than an hour are good enough.
fresh() {
  [ -n "$(find /var/lib/apt/lists -maxdepth 1 -name '*Packages*' -mmin -60 2>/dev/null | head -n 1)" ] && return 0
  apt update
}

# enabled UNIT…: started now and at every boot.
enabled() {
  for unit in "$@"; do
    systemctl is-enabled --quiet "$unit" 2>/dev/null && systemctl is-active --quiet "$unit" && continue
    systemctl enable --now --quiet "$unit" || fail "systemd could not start $unit; see journalctl -u $unit"
    change "started $unit"
  done
}
