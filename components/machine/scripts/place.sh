# The system's folder, the verb on the machine, and the unit that watches over the system.
place() {
  for subfolder in "" /backups /logs /data; do
    [ -d "$folder$subfolder" ] || {
      mkdir -p "$folder$subfolder"
      change "made $folder$subfolder"
    }
  done
  [ "$(stat -c %a "$folder/backups")" = 700 ] || chmod 700 "$folder/backups"
  put "/usr/local/bin/$verb" 0755 <<TEXT || :
$(verb_script)
TEXT
  if put "/etc/systemd/system/$verb.service" 0644 <<TEXT; then
[Unit]
Description=Watches over the containers of $system
After=docker.service
Requires=docker.service

[Service]
Type=notify
NotifyAccess=all
ExecStart=/usr/local/bin/$verb watch
ExecReload=/usr/local/bin/$verb restart
# For a restart of every container, each of which may take its grace and two minutes.
TimeoutStartSec=2h
Restart=always
RestartSec=5
StateDirectory=$verb
RuntimeDirectory=$verb
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths=/run
ProtectHome=yes
PrivateTmp=yes

[Install]
WantedBy=multi-user.target docker.service
TEXT
    systemctl daemon-reload
    systemctl enable --quiet "$verb"
  fi
  if [ "$changed" ]; then systemctl restart "$verb"; else enabled "$verb"; fi
}
