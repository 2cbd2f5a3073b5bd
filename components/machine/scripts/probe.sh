# Runs on the machine, told its patience (seconds): says where it is until it is ready, has failed, or time is up. Lines: @at, @log, @ready, @failed.
probe() {
  log=/var/log/cloud-init-output.log
  root=
  [ "$(id -u)" = 0 ] || root='sudo -n'
  tries=0
  while [ "$tries" -lt "$patience" ]; do
    tries=$((tries + 1))
    state=$(cloud-init status 2>/dev/null | sed -n 's/^status: //p')
    case $state in
      '' | done | disabled)
        if docker version >/dev/null 2>&1; then
          echo @ready
          return
        fi
        echo '@at Docker starts'
        ;;
      error*)
        $root tail -n 30 "$log" 2>/dev/null | sed 's/^/@log /'
        echo "@failed cloud-init, $($root sed -n 's/^@fail //p' "$log" 2>/dev/null | tail -n 1)"
        return
        ;;
      *)
        at=$($root sed -n 's/^@step //p' "$log" 2>/dev/null | tail -n 1)
        echo "@at cloud-init${at:+, $at}"
        ;;
    esac
    sleep 1
  done
  $root tail -n 30 "$log" 2>/dev/null | sed 's/^/@log /'
}

# What it calls must not read the rest of this from standard input.
probe </dev/null
