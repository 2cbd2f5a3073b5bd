has() {
  for each in $1; do [ "$each" != "$2" ] || return 0; done
  return 1
}

# due: whether the schedule names a minute since it was last heeded, so that a machine that was off catches up once.
due() {
  now=$(date +%s)
  since=$(cat "$state/heeded")
  day=$((since / 86400))
  # A machine that was off for long needs no look at more than a month.
  [ "$day" -gt $((now / 86400 - 32)) ] || day=$((now / 86400 - 32))
  while [ "$day" -le $((now / 86400)) ]; do
    ! is_day "$day" || ! is_minute "$day" || return 0
    day=$((day + 1))
  done
  return 1
}

# Where a cron line limits both kinds of days, either will do (https://man7.org/linux/man-pages/man5/crontab.5.html).
is_day() {
  date -d "@$(($1 * 86400))" '+%d %m %w' >"$state/day"
  read -r monthday month weekday <"$state/day"
  has "$BACKUP_MONTHS" "${month#0}" || return 1
  if [ "$BACKUP_DAYS" != any ] && [ "$BACKUP_WEEKDAYS" != any ]; then
    has "$BACKUP_DAYS" "${monthday#0}" || has "$BACKUP_WEEKDAYS" "$weekday"
  else
    { [ "$BACKUP_DAYS" = any ] || has "$BACKUP_DAYS" "${monthday#0}"; } &&
      { [ "$BACKUP_WEEKDAYS" = any ] || has "$BACKUP_WEEKDAYS" "$weekday"; }
  fi
}

is_minute() {
  for hour in $BACKUP_HOURS; do
    for minute in $BACKUP_MINUTES; do
      at=$(($1 * 86400 + hour * 3600 + minute * 60))
      if [ "$at" -gt "$since" ] && [ "$at" -le "$now" ]; then return 0; fi
    done
  done
  return 1
}

# For the scheduler: it goes on whatever a run does, and a run ends with it.
serve() {
  alone_here
  [ -e "$state/heeded" ] || date +%s >"$state/heeded"
  [ -e "$state/since" ] || date +%s >"$state/since"
  if [ "$BACKUP_DRILL" = weekly ]; then
    [ -e "$state/drill_since" ] || date +%s >"$state/drill_since"
  else
    rm -f "$state"/drill_*
  fi
  metrics
  trap 'trap "" TERM; kill -TERM 0; exit 0' TERM INT
  httpd -f -p "$BACKUP_PORT" -h "$state/www" &
  say "waiting for $BACKUP_SCHEDULE (UTC)"
  while :; do
    ! due || attempts
    anew
    nap 20
  done
}

# anew: the rotated password, without a run that would need it; where that can't be it says why once, and tries again.
anew() {
  # Without a repository yet: it is made with the newest.
  was_made || return 0
  [ "$(cat "$state/generation" 2>/dev/null)" != "$(generation)" ] || return 0
  "$busybox" sh "$self" password &
  wait "$!" || true
}

nap() {
  sleep "$1" &
  wait "$!" || true
}

# Three attempts, each after a longer pause; then the schedule's next.
attempts() {
  wanted=$(date +%s)
  for pause in 300 1800 0; do
    "$busybox" sh "$self" run &
    ! wait "$!" || { weekly; break; }
    [ "$pause" = 0 ] || say "again in $((pause / 60)) minutes"
    nap "$pause"
  done
  echo "$wanted" >"$state/heeded"
}

# After a backup, when the last drill is a week old, half a day less: a backup that takes a minute less than that of the
# week before must not have the drill wait for the next.
weekly() {
  [ "$BACKUP_DRILL" = weekly ] || return 0
  last=$(cat "$state/drill_tried" 2>/dev/null || echo 0)
  [ $(($(date +%s) - last)) -ge $((604800 - 43200)) ] || return 0
  date +%s >"$state/drill_tried"
  "$busybox" sh "$self" drill &
  wait "$!" || true
}

alone_here() {
  exec 8>"$state/serving"
  flock -n 8 || fail "another scheduler of this stack is at work"
}

fact() { [ ! -s "$state/$1" ] || printf '%s %s\n' "$2" "$(cat "$state/$1")"; }

# In Prometheus' text form (https://prometheus.io/docs/instrumenting/exposition_formats/), moved whole to its place.
metrics() {
  {
    fact since berth_backup_since_timestamp_seconds
    fact success berth_backup_success_timestamp_seconds
    fact failure berth_backup_failure_timestamp_seconds
    fact result berth_backup_exit_code
    fact seconds berth_backup_seconds
    fact size berth_backup_repository_bytes
    fact drill_since berth_drill_since_timestamp_seconds
    fact drill_success berth_drill_success_timestamp_seconds
    fact drill_result berth_drill_exit_code
  } >"$state/www/metrics.new"
  mv "$state/www/metrics.new" "$state/www/metrics.txt"
}

# What berth status shows, as lines of `name value`.
status() {
  for name in since success failure result seconds size drill_success drill_result drill_reason reason begun; do
    [ ! -s "$state/$name" ] || printf '%s %s\n' "$name" "$(cat "$state/$name")"
  done
}
