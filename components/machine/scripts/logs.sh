# Fourteen days of logs: the machine's own, and of containers whose lines go into its journal. It is bounded by a tenth
# of the disk and compressed by itself. A day's file is deleted as a whole by the age of its first line, so the fifteenth
# day is what leaves fourteen. Docker's unit alone has no rate to speak of: all containers speak by it, and of a unit
# journald drops what is above the rate, so one that says much would silence the others (systemd journald-rate-limit.c).
# None at all, 0, systemd doesn't hand to journald (src/core/unit.c, unit_export_log_ratelimit_interval), and the rest when
# it starts a process of the unit, as a reload does. A journal of Docker's own (LogNamespace=) would put Docker into a
# mount namespace, and it reads logs back from the machine's journal alone (moby daemon/logger/journald/read.go).
logs() {
  share=$(($(df --output=size -k /var/log | tail -n 1) / 1024 / 10))
  most=$share
  [ "$most" -ge 1024 ] || most=1024
  [ "$most" -le 8192 ] || most=8192
  [ "$share" -le 4096 ] || share=4096
  if put /etc/systemd/journald.conf.d/berth.conf 0644 <<TEXT; then
[Journal]
Storage=persistent
MaxFileSec=1day
MaxRetentionSec=15day
SystemMaxUse=${most}M
SystemKeepFree=${share}M
TEXT
    systemctl restart systemd-journald
  fi
  if put /etc/systemd/system/docker.service.d/berth-logs.conf 0644 <<TEXT; then
[Service]
LogRateLimitIntervalSec=1s
LogRateLimitBurst=10000000
TEXT
    systemctl daemon-reload
    systemctl reload docker || {
      # Or the next setup would take it for done.
      rm /etc/systemd/system/docker.service.d/berth-logs.conf
      fail "docker did not take its settings again; see journalctl -u docker"
    }
  fi
  put "/etc/logrotate.d/$verb" 0644 <<TEXT || :
$folder/logs/*.log {
	daily
	rotate 14
	compress
	delaycompress
	missingok
	notifempty
	copytruncate
}
TEXT
}
