# NVIDIA's driver and container toolkit, proven by a container that lists the GPU.
gpu() {
  # shellcheck disable=SC1091
  . /etc/os-release
  if ! have nvidia-smi; then
    headers
    if [ "$ID" = ubuntu ]; then
      packages ubuntu-drivers-common
      ubuntu-drivers install --gpgpu >"$log" 2>&1 || fail "gpu: no driver could be installed; look at $log on the machine"
      branch=$(dpkg-query -W -f '${Package}\n' 'nvidia-headless-no-dkms-*' | sed -n 's/nvidia-headless-no-dkms-//p' | head -n 1)
      packages "nvidia-utils-$branch"
    else
      sed -i 's/^Components: main.*/Components: main contrib non-free non-free-firmware/' /etc/apt/sources.list.d/*.sources 2>/dev/null || :
      sed -i -E 's/^(deb .* main)( .*)?$/\1 contrib non-free non-free-firmware/' /etc/apt/sources.list 2>/dev/null || :
      apt update
      packages nvidia-driver nvidia-smi
    fi
    modprobe nvidia || fail "gpu: the driver does not load; is a GPU attached, and is secure boot off"
    change "installed NVIDIA's driver"
  fi
  if ! installed nvidia-container-toolkit; then
    curl -fsSL --max-time 30 -o /tmp/berth-nvidia https://nvidia.github.io/libnvidia-container/gpgkey ||
      fail "gpu: nvidia.github.io does not answer, which has the container toolkit"
    put /etc/apt/keyrings/nvidia.asc 0644 </tmp/berth-nvidia || :
    rm -f /tmp/berth-nvidia
    put /etc/apt/sources.list.d/nvidia.list 0644 <<'TEXT' || :
deb [signed-by=/etc/apt/keyrings/nvidia.asc] https://nvidia.github.io/libnvidia-container/stable/deb/$(ARCH) /
TEXT
    apt update
    packages nvidia-container-toolkit
    apt-mark hold nvidia-container-toolkit >/dev/null
  fi
  jq -e .runtimes.nvidia /etc/docker/daemon.json >/dev/null 2>&1 || {
    nvidia-ctk runtime configure --runtime=docker >"$log" 2>&1 || fail "gpu: Docker could not be told of it; look at $log"
    systemctl restart docker
    change "told Docker of the GPU"
  }
  nvidia-smi -L >"$log" 2>&1 || fail "gpu: the driver lists none, $(tail -n 1 "$log")"
  docker run --rm --gpus all debian:bookworm-slim nvidia-smi -L >"$log" 2>&1 ||
    fail "gpu: a container lists none, $(tail -n 1 "$log")"
}

# The kernel's headers, of which the driver is built. The archive forgets a kernel once a newer one is there: then that
# one is installed with its headers, which nothing can be built for before it runs.
headers() {
  kernel=$(uname -r)
  installed "linux-headers-$kernel" && return 0
  fresh
  obtainable "linux-headers-$kernel" || apt update
  if obtainable "linux-headers-$kernel"; then
    packages "linux-headers-$kernel"
    return 0
  fi
  # What follows the version: cloud-amd64 of 6.1.0-18-cloud-amd64, amd64 of 6.12.43+deb13-amd64, gcp of 6.8.0-1015-gcp.
  kind=$(echo "$kernel" | sed -E 's/^[^-]*(-[0-9][^-]*)?-?//')
  # Ubuntu's releases have two lines of kernels, and a machine is on the one that it has the metapackage of.
  if [ "$ID" = ubuntu ] && installed "linux-image-$kind-hwe-$VERSION_ID"; then kind=$kind-hwe-$VERSION_ID; fi
  { obtainable "linux-image-$kind" && obtainable "linux-headers-$kind"; } ||
    foreign
  note "installing linux-image-$kind linux-headers-$kind"
  apt install --no-install-recommends -y "linux-image-$kind" "linux-headers-$kind"
  newest=$(dpkg-query -W -f '${Depends}' "linux-image-$kind" | sed -n 's/.*linux-image-\([0-9][^ ,]*\).*/\1/p')
  # A machine boots the newest that it has: a reboot doesn't help one whose kernel is newer still.
  dpkg --compare-versions "$newest" gt "$kernel" || foreign
  fail "gpu: must run a kernel whose headers apt has, got $kernel; $newest is installed with its headers, reboot the machine and run setup again"
}

foreign() {
  fail "gpu: must run a kernel whose headers apt has, got $kernel; install linux-headers-$kernel, or run the distribution's own kernel"
}

obtainable() { [ -n "$(apt-cache madison "$1" 2>/dev/null)" ]; }
