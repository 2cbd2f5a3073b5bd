# NVIDIA's driver and container toolkit, proven by a container that lists the GPU.
gpu() {
  # shellcheck disable=SC1091
  . /etc/os-release
  if ! have nvidia-smi; then
    packages "linux-headers-$(uname -r)"
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
