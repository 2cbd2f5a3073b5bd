# The firewall: a script, and two units that run it. The first closes the machine before the network is up; the
# second fills DOCKER-USER each time Docker has started, because a chain that is there before Docker may never be
# called (moby/libnetwork#2631).
firewall() {
  put /usr/local/sbin/berth-firewall 0755 <<TEXT || :
$(firewall_script)
TEXT
  put /etc/systemd/system/berth-firewall.service 0644 <<'TEXT' || :
[Unit]
Description=Closes all ports but those of the web and ssh
DefaultDependencies=no
After=local-fs.target
Before=network-pre.target docker.service shutdown.target
Wants=network-pre.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/berth-firewall machine
ExecReload=/usr/local/sbin/berth-firewall machine
ExecStop=/usr/local/sbin/berth-firewall open

[Install]
WantedBy=multi-user.target
TEXT
  put /etc/systemd/system/berth-docker-firewall.service 0644 <<'TEXT' || :
[Unit]
Description=Closes all published ports of containers but those of the web
After=docker.service
PartOf=docker.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/berth-firewall docker

[Install]
WantedBy=docker.service
TEXT
  if [ "$changed" ]; then
    # Should the new rules shut out whoever applies them, they are gone in two minutes; setup calls that off.
    [ -z "$undo" ] || {
      systemctl stop berth-firewall-undo.timer 2>/dev/null || :
      systemd-run --quiet --collect --unit=berth-firewall-undo --on-active=120 systemctl stop berth-firewall
    }
    systemctl daemon-reload
    systemctl enable --quiet berth-firewall berth-docker-firewall
    systemctl restart berth-firewall berth-docker-firewall || fail "the firewall's rules could not be loaded; see journalctl -u berth-firewall"
  else
    enabled berth-firewall berth-docker-firewall
  fi
}
