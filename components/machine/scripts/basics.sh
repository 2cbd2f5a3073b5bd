# Tools the other steps call, and the clock.
basics() {
  packages ca-certificates curl iptables jq logrotate
  for clock in chrony chronyd ntp ntpsec ntpd systemd-timesyncd; do
    if systemctl is-enabled --quiet "$clock" 2>/dev/null; then return 0; fi
  done
  # A machine whose host sets its clock, such as a container, has none to run.
  [ "$(systemctl is-enabled systemd-timesyncd 2>/dev/null)" != masked ] || return 0
  packages systemd-timesyncd
  enabled systemd-timesyncd
}
