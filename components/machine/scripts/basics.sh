# Tools the other steps call, and the clock.
basics() {
  packages ca-certificates curl iptables jq logrotate
  # Redis saves from a fork, which the kernel refuses to a large one otherwise (redis.io, Redis administration). A
  # container's kernel is its host's.
  put /etc/sysctl.d/60-berth.conf 0644 <<'TEXT' || :
vm.overcommit_memory = 1
TEXT
  [ "$(cat /proc/sys/vm/overcommit_memory)" = 1 ] || systemd-detect-virt --container --quiet ||
    sysctl --quiet --load=/etc/sysctl.d/60-berth.conf || fail "vm.overcommit_memory: must be 1 for Redis, got a kernel that refuses it"
  for clock in chrony chronyd ntp ntpsec ntpd systemd-timesyncd; do
    if systemctl is-enabled --quiet "$clock" 2>/dev/null; then return 0; fi
  done
  # A machine whose host sets its clock, such as a container, has none to run.
  [ "$(systemctl is-enabled systemd-timesyncd 2>/dev/null)" != masked ] || return 0
  packages systemd-timesyncd
  enabled systemd-timesyncd
}
