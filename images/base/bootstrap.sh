#!/bin/sh
# Writes the root file system of a minimal Debian to a tar file, for `docker import`.
#   bootstrap.sh SUITE TAR [MIRROR]
# Needs root and debootstrap. Without MIRROR, debootstrap's own default is used.
set -eu
suite=$1 tar=$2 mirror=${3:-}

# debootstrap only knows the suites of its own day; all recent ones are laid out like sid.
script=/usr/share/debootstrap/scripts/$suite
[ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid

root=$(mktemp -d "${TMPDIR:-/var/tmp}/berth-$suite.XXXXXX")
trap 'rm -rf "$root" "$tar.$$.part"' EXIT
trap 'exit 130' INT TERM

debootstrap --variant=minbase --include=ca-certificates,curl \
  --keyring=/usr/share/keyrings/debian-archive-keyring.gpg "$suite" "$root" "$mirror" "$script"

# Documentation, translations and caches make up half of it. The exclusions hold for what apt adds later.
cat >"$root/etc/dpkg/dpkg.cfg.d/slim" <<'CFG'
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/man/*
path-exclude=/usr/share/info/*
path-exclude=/usr/share/lintian/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/share/bash-completion/*
CFG
cat >"$root/etc/apt/apt.conf.d/slim" <<'CFG'
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Retries "3";
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
CFG
# A mirror of testing that lags must not stop a build; what it holds is still signed.
[ "$suite" = bookworm ] || echo 'Acquire::Check-Valid-Until "false";' >>"$root/etc/apt/apt.conf.d/slim"
# Services are started by the container's command, never by a package's scripts.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"

if [ "$suite" = bookworm ]; then
  line=$(grep -m1 '^deb ' "$root/etc/apt/sources.list")
  {
    echo "$line" | sed 's| bookworm | bookworm-updates |'
    echo "$line" | sed 's|/debian/* bookworm |/debian-security bookworm-security |'
  } >>"$root/etc/apt/sources.list"
  chroot "$root" apt-get -qq update
  DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get -qq -y dist-upgrade
fi

chroot "$root" apt-get clean
cd "$root"
rm -rf var/lib/apt/lists/* var/cache/debconf/*-old var/lib/dpkg/*-old var/log/*.log var/log/apt \
  usr/share/doc usr/share/man usr/share/info usr/share/lintian usr/share/locale usr/share/bash-completion \
  etc/resolv.conf etc/hostname tmp/* run/*
mkdir -p usr/share/man/man1 usr/share/man/man7
tar -C "$root" --numeric-owner --one-file-system -cf "$tar.$$.part" .
mv "$tar.$$.part" "$tar"
