# Fourteen days of logs: the machine's own, and of containers whose lines go into its journal. It is bounded by a tenth
# of the disk and compressed by itself. A day's file is deleted as a whole by the age of its first line, so the fifteenth
# day is what leaves fourteen. No rate is limited: all containers speak by Docker's unit, of which journald drops what
# is above the rate, so one that says much would silence the others (systemd journald-rate-limit.c).
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
RateLimitIntervalSec=0
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
