# Security upgrades every day, but never of what would restart the containers.
upgrades() {
  packages unattended-upgrades
  put /etc/apt/apt.conf.d/20auto-upgrades 0644 <<'TEXT' || :
APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
TEXT
  put /etc/apt/apt.conf.d/52berth-upgrades 0644 <<'TEXT' || :
Unattended-Upgrade::Package-Blacklist { "docker"; "containerd"; "runc"; "nvidia-"; "libnvidia-"; };
Unattended-Upgrade::Automatic-Reboot "false";
Unattended-Upgrade::Remove-Unused-Kernel-Packages "true";
TEXT
  if [ -d /etc/needrestart ]; then
    put /etc/needrestart/conf.d/berth.conf 0644 <<'TEXT' || :
# A library's upgrade must not restart the engine under its containers.
$nrconf{override_rc}{qr(^(docker|containerd))} = 0;
TEXT
  fi
  for timer in apt-daily.timer apt-daily-upgrade.timer; do
    [ "$(systemctl is-enabled "$timer" 2>/dev/null)" = masked ] || enabled "$timer"
  done
}
