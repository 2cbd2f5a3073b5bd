# The firewall: a script, and two units that run it. The first closes the machine before the network is up; the
# second fills DOCKER-USER each time Docker has started, because a chain that is there before Docker may never be
# called (moby/libnetwork#2631). While Docker starts, its DNS knows some containers of those that went on without it
# before the others, and asks outside for the rest. A server there says that no such name is, and a proxy drops its
# application for two seconds; unanswered it keeps it. So nobody outside is asked for a name without a dot until Docker
# has started.
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
  put /etc/systemd/system/docker.service.d/berth-names.conf 0644 <<'TEXT' && systemctl daemon-reload || :
[Service]
ExecStartPre=-/usr/bin/timeout 10 /usr/local/sbin/berth-firewall hold
ExecStartPost=-/usr/bin/timeout 10 /usr/local/sbin/berth-firewall free
ExecStopPost=-/usr/bin/timeout 10 /usr/local/sbin/berth-firewall free
TEXT
  # What is pending from a run that was cut short would open it again: check finds that too.
  [ "$changed" ] || ! /usr/local/sbin/berth-firewall check >/dev/null 2>&1 || return 0
  systemctl stop berth-firewall-undo.timer berth-firewall-undo.service 2>/dev/null || :
  # Should the new rules shut out whoever applies them, they are gone in two minutes.
  [ -z "$undo" ] || systemd-run --quiet --collect --unit=berth-firewall-undo --on-active="$undo" \
    --timer-property=AccuracySec=1s systemctl stop berth-firewall
  systemctl daemon-reload
  systemctl enable --quiet berth-firewall berth-docker-firewall
  systemctl restart berth-firewall berth-docker-firewall || fail "the firewall's rules could not be loaded; see journalctl -u berth-firewall"
  change "loaded the firewall's rules"
  [ -z "$undo" ] || confirmed
}

# Goes on once a connection made under the new rules has called the undo off: nothing that may take long comes between.
confirmed() {
  printf '@confirm\n'
  while systemctl is-active --quiet berth-firewall-undo.timer && systemctl is-active --quiet berth-firewall; do sleep 1; done
  systemctl is-active --quiet berth-firewall ||
    fail "firewall: must let a new ssh connection through, got none within $undo s, and its rules were taken back; is this machine among host.ssh.allowFrom"
}
