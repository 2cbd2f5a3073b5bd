tools
case ${1-} in
  serve) serve ;;
  run)
    token=${2-}
    run
    ;;
  before) before ;;
  dump) dump ;;
  drill)
    token=${2-}
    drill
    ;;
  unfit) unfit "$2" ;;
  password)
    # Whoever holds the lock does it, or it is tried again.
    taken "a new password" || exit 0
    follow_password || {
      why=$(explained "$code")
      [ "$(cat "$state/unfollowed" 2>/dev/null)" = "$why" ] || say "the new password: $why"
      echo "$why" >"$state/unfollowed"
      exit 1
    }
    rm -f "$state/unfollowed"
    ;;
  end) end "$2" ;;
  free) alone "a restore" ;;
  status) status ;;
  snapshots)
    # Of every stack that keeps its backups there; restic takes the variable for a filter.
    unset RESTIC_HOST
    code=0
    brief snapshots --json --tag complete --path "$manifest" || code=$?
    [ "$code" = 0 ] || fail "the backups: $(explained "$code")"
    ;;
  manifest) own_restic "the manifest" dump "$(snapshot_of "$2" "$3" "$manifest")" "$manifest" ;;
  restore) restore "$2" "$3" ;;
  *) fail "must be told serve, run, drill, end, free, status, snapshots, manifest or restore, got \"${1-}\"" ;;
esac
