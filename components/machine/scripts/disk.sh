# The data disk: formatted once and never again, mounted before Docker starts, at every boot. Docker requires that
# unit, so that it never starts with an empty folder where its data should be.
disk() {
  waited=0
  until [ -b "$disk_device" ]; do
    [ "$waited" -lt 120 ] || fail "data disk: must appear as $disk_device, got nothing in 120 s"
    sleep 2
    waited=$((waited + 2))
  done
  # 2 alone says that nothing is on it (man blkid); a disk that can't be read is nobody's to format.
  found=0
  blkid -p "$disk_device" >/dev/null || found=$?
  case $found in
    0) ;;
    2)
      mkfs.ext4 -q -L berth-data "$disk_device" || fail "data disk: $disk_device could not be formatted"
      change "formatted $disk_device"
      ;;
    *) fail "data disk: must be readable or empty, got code $found from blkid -p $disk_device" ;;
  esac
  put /usr/local/sbin/berth-data 0755 <<TEXT || :
$(data_script)
TEXT
  put /etc/systemd/system/berth-data.service 0644 <<'TEXT' || :
[Unit]
Description=Mounts the data disk and the folders that hold data
Before=docker.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/berth-data

[Install]
WantedBy=multi-user.target
RequiredBy=docker.service
TEXT
  if [ "$changed" ]; then
    systemctl daemon-reload
    systemctl enable --quiet berth-data
    systemctl restart berth-data || fail "data disk: $disk_device could not be mounted; see journalctl -u berth-data"
    # An image may have brought Docker, which holds the folder that was there before.
    systemctl try-restart docker
  else
    enabled berth-data
  fi
}
