# Fourteen days of the machine's own logs. Containers' logs are bounded by the engine.
logs() {
  if put /etc/systemd/journald.conf.d/berth.conf 0644 <<'TEXT'; then
[Journal]
Storage=persistent
MaxRetentionSec=14day
SystemMaxUse=1G
TEXT
    systemctl restart systemd-journald
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
