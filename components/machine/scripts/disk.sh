# The data disk: formatted once and never again, mounted by its own name before Docker is there.
disk() {
  waited=0
  until [ -b "$disk_device" ]; do
    [ "$waited" -lt 120 ] || fail "data disk: must appear as $disk_device, got nothing in 120 s"
    sleep 2
    waited=$((waited + 2))
  done
  if ! blkid "$disk_device" >/dev/null; then
    mkfs.ext4 -q -L berth-data "$disk_device" || fail "data disk: $disk_device could not be formatted"
    change "formatted $disk_device"
  fi
  mkdir -p "$disk_folder"
  line="UUID=$(blkid -s UUID -o value "$disk_device") $disk_folder ext4 defaults,nofail,x-systemd.before=docker.service 0 2"
  if ! grep -qxF "$line" /etc/fstab; then
    printf '%s\n' "$line" >>/etc/fstab
    systemctl daemon-reload
    change "will mount $disk_device on $disk_folder at every boot"
  fi
  mountpoint -q "$disk_folder" || {
    mount "$disk_folder" || fail "data disk: $disk_device could not be mounted on $disk_folder"
    change "mounted $disk_folder"
  }
}
