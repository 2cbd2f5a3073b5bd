# The engine's settings, merged into those that are there. Keys are gated on the version, because an engine refuses
# to start with one it doesn't know.
daemon() {
  enabled containerd docker
  version=$(dockerd --version | sed -n 's/^Docker version \([0-9]*\).*/\1/p')
  wanted=$daemon_settings
  [ "$version" -lt 24 ] || wanted=$(printf '%s' "$wanted" | jq -c ". * $daemon_settings_24")
  [ "$version" -lt 29 ] || wanted=$(printf '%s' "$wanted" | jq -c ". * $daemon_settings_29")
  wanted=$(printf '%s' "$wanted" | jq -c ". * $daemon_settings_ipv6")
  [ "$version" -ge 27 ] || wanted=$(printf '%s' "$wanted" | jq -c ". * $daemon_settings_26")
  # Another image store would hide the images and containers there are.
  if [ "$version" -ge 29 ] && [ -z "$(docker ps -aq)$(docker images -q)" ]; then
    wanted=$(printf '%s' "$wanted" | jq -c ". * $daemon_settings_new")
  fi
  file=/etc/docker/daemon.json
  here=$(cat $file 2>/dev/null || echo '{}')
  printf '%s' "$here" | jq -e 'type == "object"' >/dev/null 2>&1 || fail "$file: must be a JSON object; correct it first"
  before=$(printf '%s' "$here" | jq -S .)
  after=$(printf '%s' "$here" | jq -S --argjson wanted "$wanted" '. * $wanted | ."default-ulimits" = $wanted."default-ulimits"')
  if [ "$before" != "$after" ]; then
    printf '%s\n' "$after" >$file.berth-new
    if [ "$version" -ge 23 ]; then
      refused=$(dockerd --validate --config-file $file.berth-new 2>&1) || {
        rm -f $file.berth-new
        fail "docker refused its settings, $(printf '%s' "$refused" | tail -n 1)"
      }
    fi
    put $file 0644 <$file.berth-new || :
    rm -f $file.berth-new
    # Only a restart applies them all. Containers start again by themselves.
    systemctl restart docker || fail "docker did not start with its new settings; see journalctl -u docker"
    change "restarted Docker with new settings"
  fi
  processes
}

# A limit of processes for each container that has none of its own, which the engine can't be told. systemd reads it
# for every scope of this prefix (systemd.unit(5)), also of containers that run: at its next reload.
processes() {
  if put /etc/systemd/system/docker-.scope.d/berth.conf 0644 <<TEXT; then
[Scope]
TasksMax=$container_processes
TEXT
    systemctl daemon-reload
  fi
  driver=$(docker info --format '{{.CgroupDriver}}')
  [ "$driver" = systemd ] ||
    note "no container has the limit of $container_processes processes, as Docker's cgroup driver is $driver and not systemd"
}
