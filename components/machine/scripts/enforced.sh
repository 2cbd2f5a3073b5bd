# The last step: nothing that came after the firewall has opened it again.
enforced() {
  state=$(/usr/local/sbin/berth-firewall check) ||
    fail "firewall: must be closed when setup ends, got \"$state\"; see journalctl -u berth-firewall, and run setup again"
  unheld
}
