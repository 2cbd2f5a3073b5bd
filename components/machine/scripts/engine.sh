# Docker Engine: Docker's own packages where they can be had, else the distribution's. Held, because an upgrade
# restarts every container; `berth setup` after "apt-mark unhold" is how it is upgraded.
engine() {
  if have dockerd; then
    case $(command -v dockerd) in
      /snap/*) fail "docker: must not be the snap, which can't use the machine's folders; run: snap remove docker" ;;
    esac
  else
    room
    if docker_repository; then
      packages docker-ce docker-ce-cli containerd.io
    else
      packages docker.io
      # Debian 13 and newer have the command in a package of its own.
      have docker || packages docker-cli
    fi
  fi
  version=$(dockerd --version | sed -n 's/^Docker version \([0-9]*\.[0-9]*\).*/\1/p')
  [ "${version%%.*}" -ge 20 ] ||
    fail "docker: must be at least 20.10, got $version; remove it, so that setup can install a newer one"
  # https://docs.docker.com/engine/release-notes/28
  [ "${version%%.*}" -ge 28 ] ||
    echo "@warn docker: should be at least 28, got $version; remove it, so that setup can install a newer one"
  for package in docker-ce docker-ce-cli containerd.io docker.io docker-cli containerd runc; do
    if installed "$package" && ! apt-mark showhold | grep -qx "$package"; then
      apt-mark hold "$package" >/dev/null
      change "holds $package"
    fi
  done
  # Lets a user who may sudo run Docker over ssh, without the group that would make every login root.
  put /usr/local/bin/docker 0755 <<'TEXT' || :
#!/bin/sh
[ -w /var/run/docker.sock ] || [ "$(id -u)" = 0 ] || exec sudo -n /usr/bin/docker "$@"
exec /usr/bin/docker "$@"
TEXT
}

# True when Docker's own repository answers and apt knows it.
docker_repository() {
  # shellcheck disable=SC1091
  . /etc/os-release
  url=https://download.docker.com/linux/$ID
  curl -fsSL --max-time 15 -o /dev/null "$url/dists/$VERSION_CODENAME/Release" 2>/dev/null || return 1
  packages gpg
  key=$(mktemp)
  curl -fsSL --max-time 30 -o "$key" "$url/gpg" || fail "docker: its key could not be fetched from $url/gpg"
  # The fingerprint is the one that docs.docker.com/engine/install tells to compare.
  gpg --batch --show-keys --with-colons "$key" | grep -q '^fpr:.*:9DC858229FC7DD38854AE2D88D81803C0EBFCD88:$' ||
    fail "docker: $url/gpg is not Docker's key; something between this machine and it changes what it says"
  put /etc/apt/keyrings/docker.asc 0644 <"$key" || :
  rm -f "$key"
  put /etc/apt/sources.list.d/docker.list 0644 <<TEXT || :
deb [arch=$(dpkg --print-architecture) signed-by=/etc/apt/keyrings/docker.asc] $url $VERSION_CODENAME stable
TEXT
  put /etc/apt/preferences.d/docker 0644 <<TEXT || :
Package: docker-ce docker-ce-cli
Pin: version 5:$engine_version.*
Pin-Priority: 990
TEXT
  apt update
}
