# Keys only, and room for everything that Pulumi starts at once.
sshd() {
  file=/etc/ssh/sshd_config.d/00-berth.conf
  put $file 0644 <<TEXT || :
$sshd_settings
TEXT
  [ "$changed" ] || return 0
  mkdir -p /run/sshd
  refused=$(/usr/sbin/sshd -t 2>&1) || {
    rm -f $file
    fail "sshd refused $file, $refused; it was taken back"
  }
  if systemctl is-active --quiet ssh; then systemctl reload ssh; fi
  [ "$(/usr/sbin/sshd -T | sed -n 's/^maxsessions //p')" -ge 100 ] ||
    fail "sshd reads no $file; add \"Include /etc/ssh/sshd_config.d/*.conf\" as the first line of /etc/ssh/sshd_config"
}
