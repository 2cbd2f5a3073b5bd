# Fourteen days of logs: the machine's own, and of containers whose lines go into its journal. It is bounded by a tenth
# of the disk and compressed by itself. A day's file is deleted as a whole by the age of its first line, so the fifteenth
# day is what leaves fourteen. Docker's unit alone has no rate to speak of: all containers speak by it, and of a unit
# journald drops what is above the rate, so one that says much would silence the others (systemd journald-rate-limit.c).
# None at all, 0, systemd doesn't hand to journald (src/core/unit.c, unit_export_log_ratelimit_interval), and the rest when
# it starts a process of the unit, as a reload does. A journal of Docker's own (LogNamespace=) would put Docker into a
# mount namespace, and it reads logs back from the machine's journal alone (moby daemon/logger/journald/read.go).
# Containers go on without Docker (live-restore), but what they write is read by nobody then, and one that has filled its
# pipe stands still: so it is read for Docker while it is away, and handed to it when it is back.
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
  put /usr/local/sbin/berth-docker-logs 0755 <<'TEXT' || :
#!/bin/sh
# Written by Berth: keep reads what containers write while Docker is away, up to 16 MB of each, give hands it to Docker.
kept=/var/lib/berth-docker-logs
if [ "$1" = keep ]; then
  rm -f $kept.*
  mkdir -p -m 700 $kept
  for pipe in /run/docker/containerd/*/init-std*; do
    [ ! -p "$pipe" ] || [ "${pipe%in}" != "$pipe" ] || {
      container=${pipe%/*}
      (ulimit -c 0 && ulimit -f 32768 && exec cat >>"$kept/${container##*/}.${pipe##*/}")
      cat >/dev/null
    } <"$pipe" &
  done
  wait
else
  for file in "$kept"/*; do
    [ -f "$file" ] || continue
    name=${file##*/}
    pipe=/run/docker/containerd/${name%%.*}/${name##*.}
    mv "$file" "$kept.$name"
    {
      # A line a write, or they could mingle with the container's own. Nobody may read the pipe any more.
      [ ! -p "$pipe" ] || timeout 120 sh -c 'awk "{ print; fflush() }" "$1" >"$2"' - "$kept.$name" "$pipe"
      rm -f "$kept.$name"
    } &
  done
  wait
fi
TEXT
  put /etc/systemd/system/berth-docker-logs@.service 0644 <<TEXT || :
[Unit]
Description=What containers write while Docker is away (%i)

[Service]
ExecStart=/usr/local/sbin/berth-docker-logs %i
TEXT
  if put /etc/systemd/system/docker.service.d/berth-logs.conf 0644 <<TEXT; then
[Service]
LogRateLimitIntervalSec=1s
LogRateLimitBurst=10000000
ExecStopPost=-/bin/systemctl start --no-block berth-docker-logs@keep
ExecStartPre=-/bin/systemctl stop berth-docker-logs@keep
ExecStartPost=-/bin/systemctl start --no-block berth-docker-logs@give
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
