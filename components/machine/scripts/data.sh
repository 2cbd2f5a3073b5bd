#!/bin/sh
# Mounts the data disk, and from it each folder that holds data, before Docker starts. Written by Berth.
# Variables at the top: disk_device disk_root disk_folders
set -eu

# A disk may be attached after the machine has started.
waited=0
until [ -b "$disk_device" ]; do
  [ "$waited" -lt 120 ] || {
    echo "data disk: must appear as $disk_device, got nothing in 120 s" >&2
    exit 1
  }
  sleep 2
  waited=$((waited + 2))
done

mkdir -p "$disk_root"
# Whoever may read a folder reads it where it is mounted.
chmod 700 "$disk_root"
mountpoint -q "$disk_root" || {
  # From 4 on something is left that it could not mend (man fsck).
  fsck -a "$disk_device" || [ $? -lt 4 ]
  mount "$disk_device" "$disk_root"
}

# Until folders were kept too, the disk was Docker's folder of volumes itself.
volumes=/var/lib/docker/volumes
if [ -e "$disk_root/metadata.db" ] || [ -e "$disk_root/.berth-moving" ]; then
  : >"$disk_root/.berth-moving"
  mkdir -p "$disk_root$volumes"
  for entry in "$disk_root"/*; do
    case ${entry##*/} in lost+found | var | opt) ;; *) mv "$entry" "$disk_root$volumes/" ;; esac
  done
  rm "$disk_root/.berth-moving"
fi

for folder in $disk_folders; do
  mkdir -p "$disk_root$folder" "$folder"
  mountpoint -q "$folder" || mount --bind "$disk_root$folder" "$folder"
done
