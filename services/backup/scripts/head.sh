#!/bin/sh
# A system's backups, by restic (https://restic.readthedocs.io). Runs under busybox, which has every tool it needs:
# the image is PostgreSQL's, for its pg_dump, and another has other tools.
# Each run is several restic snapshots of one time: one for each database, one of all volumes, and the manifest, which
# is the last and names the others. They are tagged "part" until all are there, and then "complete": the manifest after
# all the others, so that whoever finds one finds what it names.
set -eu
set -o pipefail
busybox=/run/berth-probe/busybox
self=/etc/berth/backup.sh
state=/var/lib/berth-backup
work=$state/work
reason=$state/reason
volumes=/backup/volumes
databases=/backup/databases
objects=/backup/objects
manifest=/backup/manifest

# Applets by their names, before whatever the image has.
tools() {
  mkdir -p "$state/bin" "$state/tmp" "$state/www"
  [ -e "$state/bin/sha256sum" ] || "$busybox" --install -s "$state/bin"
  export PATH="$state/bin:/run/berth-restic:$PATH" TMPDIR="$state/tmp"
}

say() { echo "backup: $*"; }

# fail WORDS: what people read, here and in berth status.
fail() {
  echo "backup: $*" >&2
  echo "$*" >"$reason"
  exit 1
}

# own_restic WHAT ARGUMENTS: restic, and its own last words where it fails.
own_restic() {
  what=$1
  shift
  code=0
  patient "$@" || code=$?
  [ "$code" != 0 ] || return 0
  # Nobody reads on: it is the reader that has a reason.
  [ "$code" != 141 ] || return 141
  cat "$state/words" >&2
  fail "$what: $(explained "$code")"
}

# checked WHO OPTIONS: whether the repository is whole. Storage that doesn't answer, or that another stack holds, says
# nothing of that.
checked() {
  who=$1
  what="${who}the check"
  shift
  code=0
  patient check --quiet "$@" || code=$?
  [ "$code" != 0 ] || return 0
  cat "$state/words" >&2
  if [ "$code" = 1 ] && grep -q 'repository contains errors' "$state/words"; then
    fail "${who}the backup is damaged: $(explained "$code")"
  fi
  fail "${who}the repository could not be checked: $(explained "$code")"
}

# patient ARGUMENTS: restic, for $what. Other stacks may hold the repository for a while. What only reads does without a
# lock of its own where the storage has no room for one.
patient() {
  tried=0
  heeded "$@" || tried=$?
  case $tried,$1 in 0,* | *,backup | *,forget | *,tag | *,unlock) return "$tried" ;; esac
  if grep -q 'Save(<lock/\|unable to create lock' "$state/words" && is_full "$(cat "$state/words")"; then
    tried=0
    heeded --no-lock "$@" || tried=$?
  fi
  return "$tried"
}

# heeded ARGUMENTS: restic, each line of its words as it comes: it tries for a quarter of an hour what the storage
# doesn't take.
heeded() {
  : >"$state/words"
  rm -f "$state/restic"
  {
    {
      # What is begun beside a shell has nothing to read unless it is told.
      restic --retry-lock 1h "$@" <&4 >&3 3>&- 4<&- &
      echo "$!" >"$state/restic"
      wait "$!"
    } 2>&1 | heed 3>&- 4<&-
  } 3>&1 4<&0
}

# heed: writes words down. A storage that is full or refuses who asks is asked no longer; of any other trouble people
# hear once, and that it may take its time.
heed() {
  said='' ended=''
  while IFS= read -r line; do
    printf '%s\n' "$line" >>"$state/words"
    why=$(echo "$line" | retried)
    [ "$why" ] || continue
    [ -z "$ended" ] || continue
    if is_full "$why" || is_refused "$why"; then
      ended=1
      kill -TERM "$(cat "$state/restic")" 2>/dev/null || true
    elif [ -z "$said" ]; then
      said=1
      say "$what: tries again for up to a quarter of an hour, for the storage's answer was: $why" >&2
    fi
  done
}

# retried: of restic's words why it tries again, a line each.
retried() { sed -n 's/.*returned error, retrying after [^:]*: //p'; }

# brief ARGUMENTS: restic, for what takes a moment. By itself it tries for a quarter of an hour.
brief() {
  # What ends it lives a moment longer than it, and must not hold the lock meanwhile.
  timeout -s INT 30 restic --no-lock "$@" 2>"$state/words" 9>&-
}

# was_made: whether a repository was at this target before. For every folder an older release wrote down where it is
# mounted.
was_made() {
  case $(cat "$state/repository" 2>/dev/null) in
    "${BACKUP_FOLDER:-$RESTIC_REPOSITORY}" | "$RESTIC_REPOSITORY") ;;
    *) return 1 ;;
  esac
}

# Exit codes: https://restic.readthedocs.io/en/stable/075_scripting.html#exit-codes
explained() {
  words=$(grep -i 'fatal\|error\|no space\|denied' "$state/words" | tail -n 1 | cut -c 1-300 || true)
  [ "$words" ] || words=$(grep -v '^ *$' "$state/words" | tail -n 1 | cut -c 1-300 || true)
  # One that was ended while it tried again says that it was, and before it why it did.
  case $words in
    *"context canceled"* | *"returned error, retrying after "*)
      words=$(retried <"$state/words" | tail -n 1 | cut -c 1-300)
      words=${words:-it does not answer}
      ;;
  esac
  case $1 in
    10)
      if was_made; then
        echo "there was a repository at the target, and it is gone; see that it is mounted, or to begin anew remove $state/repository in the container of backups"
      else
        echo "there is no repository at the target; see that backup.to is where backups are, or make the first with berth backup"
      fi
      ;;
    11) echo "another process holds the repository, such as one of another stack that keeps its backups there; $words" ;;
    12) echo "the password is another than the one the repository goes by now; set backup.password to that" ;;
    *) by_storage "${words#Fatal: }" ;;
  esac
}

# by_storage WORDS: what they mean, where they are known.
by_storage() {
  if is_refused "$1"; then
    echo "the storage refuses backup.accessKey and backup.secretKey, or what they ask for: $1"
  elif is_full "$1"; then
    echo "the storage has no room left: $1"
  else
    echo "$1"
  fi
}

# is_refused WORDS: whether the storage refuses who asks, in what S3 servers and Google's say of it
# (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
is_refused() {
  echo "$1" | grep -qi 'access key id\|request signature\|access denied\|invalid_grant\|invalid authentication\|error 40[13]'
}

# is_full WORDS: the same of room, in what MinIO
# (https://github.com/minio/minio/blob/RELEASE.2025-09-07T16-13-09Z/cmd/api-errors.go), Ceph and folders say. What is
# written beside, before it is sent, is another disk's.
is_full() {
  echo "$1" | grep -vF "$state/" | grep -qi 'minimum free drive\|bucket quota\|quotaexceeded\|no space left'
}

# generation: which of the generated passwords the newest is, and where.
generation() {
  number=1
  for former in /etc/berth/former-password-*; do
    [ ! -e "$former" ] || number=$((number + 1))
  done
  echo "$number ${BACKUP_FOLDER:-$RESTIC_REPOSITORY}"
}

# by PASSWORDFILE ARGUMENTS: restic with another password than the newest, bounded as brief is.
by() {
  with=$1
  shift
  timeout -s INT 60 restic --password-file "$with" "$@" 2>"$state/words" 9>&-
}

# free_locks_by PASSWORDFILE: free_locks with another password, to be called in a shell of its own.
free_locks_by() {
  export RESTIC_PASSWORD_FILE="$1"
  free_locks
}

# follow_password: has a repository that goes by a former password go by the newest, and then by no other. What it holds
# stays as it is: each password opens the one key that all is encrypted with
# (https://restic.readthedocs.io/en/stable/070_encryption.html). Leaves in $code why it couldn't.
follow_password() {
  newest=$(generation)
  [ "$(cat "$state/generation" 2>/dev/null)" != "$newest" ] || return 0
  if [ "${newest%% *}" = 1 ]; then
    echo "$newest" >"$state/generation"
    return 0
  fi
  code=0
  brief cat config >/dev/null || code=$?
  # There is none yet: it is made with the newest.
  [ "$code" != 10 ] || return 0
  [ "$code" = 0 ] || [ "$code" = 12 ] || return 1
  for former in /etc/berth/former-password-*; do
    known=0
    ids=$(by "$former" key list --json --no-lock) || known=$?
    [ "$known" != 12 ] || continue
    if [ "$known" != 0 ]; then
      code=$known
      return 1
    fi
    # One that a killed run has left lets no key be added or removed.
    (free_locks_by "$former") || true
    if [ "$code" = 12 ]; then
      code=0
      by "$former" key add --retry-lock 30s --new-password-file "$RESTIC_PASSWORD_FILE" >/dev/null || code=$?
      [ "$code" = 0 ] || return 1
    fi
    id=$(echo "$ids" | tr '{' '\n' | sed -n 's/.*"current":true,"id":"\([0-9a-f]*\)".*/\1/p')
    code=0
    by "$RESTIC_PASSWORD_FILE" key remove --retry-lock 30s "$id" >/dev/null || code=$?
    [ "$code" = 0 ] || return 1
    say "the repository goes by the new password, and by the one before no more"
  done
  [ "$code" = 0 ] || return 1
  echo "$newest" >"$state/generation"
}

# catalog FILTERS: time, path and id of snapshots, a line each, oldest first.
catalog() {
  brief snapshots --json "$@" |
    sed 's/},{"time"/}\n{"time"/g' |
    sed -n 's/^.*{"time":"\([^"]*\)".*"paths":\["\(\([^"\\]\|\\.\)*\)".*[,{]"id":"\([0-9a-f]*\)".*$/\1\t\2\t\4/p' |
    sed 's/\\u0026/\&/g; s/\\u003c/</g; s/\\u003e/>/g; s/\\\(["\\]\)/\1/g'
}

# listed WHO FILTERS: the same in a file, for who can't go on without.
listed() {
  who=$1
  shift
  code=0
  catalog "$@" >"$work/parts" || code=$?
  [ "$code" = 0 ] || fail "$who: $(explained "$code")"
}

# What the one who asked for this run knows it by, if anybody did.
token=

# end TOKEN: what was begun with it, and all that it has begun: Docker gives each command a process group of its own.
end() {
  for place in /proc/[0-9]*; do
    words=$({ tr '\0' ' ' <"$place/cmdline"; } 2>/dev/null) || continue
    case $words in
      *" end $1 ") ;;
      *" $1 ")
        echo "$1" >"$state/called_off"
        kill -TERM "-${place#/proc/}" 2>/dev/null || true
        ;;
    esac
  done
}

# is_called_off: whether a person ended this, which is no failure to be written down.
is_called_off() { [ "$token" ] && [ "$(cat "$state/called_off" 2>/dev/null)" = "$token" ]; }

# taken WHAT: one at a time on this machine, whoever asks. The lock goes with the process that holds it, and says what
# that does. Whoever holds it already keeps it.
taken() {
  [ -z "${holds-}" ] || return 0
  exec 9>>"$state/lock"
  flock -n 9 || return 1
  holds=$1
  echo "$1 since $(date '+%Y-%m-%d %H:%M:%S') UTC" >"$state/holder"
}

# alone WHAT: the lock, now. The other one's reason is its own.
alone() {
  ! taken "$1" || return 0
  # That is a matter of seconds, and nobody asked for it just now.
  case $(holder) in
    "a new password "*)
      in_turn "$1" 180
      return 0
      ;;
  esac
  echo "backup: must be alone, got another of this stack under way: $(holder)" >&2
  exit 1
}

# in_turn WHAT SECONDS: the lock, when whoever holds it is done.
in_turn() {
  deadline=$(($(date +%s) + $2))
  told=
  until taken "$1"; do
    [ "$(holder)" = "$told" ] || say "waiting for $(holder)"
    told=$(holder)
    [ "$(date +%s)" -lt "$deadline" ] || fail "$1: must have its turn within $(($2 / 60)) minutes, got another under way: $told"
    sleep 5
  done
}

holder() { cat "$state/holder" 2>/dev/null || echo "a backup, drill or restore"; }

# A run that was killed leaves its lock in the repository. When every lock is of a container of this stack's, none is
# alive: only one runs at a time. Others' go when restic itself finds them stale.
free_locks() {
  hostname >>"$state/hosts"
  own_restic "unlock" unlock >/dev/null
  locks=$(restic list locks --no-lock 2>/dev/null || true)
  [ "$locks" ] || return 0
  for lock in $locks; do
    # By another name than the caller's: a function's variables are everybody's.
    holder=$(restic cat lock "$lock" --no-lock 2>/dev/null | sed -n 's/.*"hostname": *"\([^"]*\)".*/\1/p')
    grep -qxF "$holder" "$state/hosts" || return 0
  done
  own_restic "unlock" unlock --remove-all >/dev/null
  say "the lock of a run that was killed is gone"
}

# is_own SERVER: whether it is ours, and so is every database of it; of somebody else's it is the one we are told of.
is_own() {
  case " $BACKUP_SERVERS " in *" $1:all "*) return 0 ;; esac
  return 1
}

# Of a server's databases those that a restore hasn't made or put aside.
not_beside="datname !~ '^berth_(restored|former)_'"

# reach SERVER [DATABASE]: how libpq gets there; "." is the server of a drill.
reach() {
  [ "$1" = . ] || printf "service='%s' " "$1"
  [ -z "${2-}" ] || printf "dbname='%s'" "$(printf %s "$2" | sed "s/[\\\\']/\\\\&/g")"
}

# sql SERVER DATABASE ARGUMENTS. What is of no interest stays unsaid by a server of ours; others' poolers take no options.
sql() {
  place=$(reach "$1" "$2")
  if is_own "$1"; then
    shift 2
    PGOPTIONS="-c client_min_messages=warning" psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$place" "$@"
  else
    shift 2
    psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$place" "$@"
  fi
}

# psql_reason FILE: of what psql wrote the line with the reason; hints follow it.
psql_reason() { grep -m 1 'ERROR: \|FATAL: \|error: ' "$1" || tail -n 1 "$1"; }

# each_server: names.
each_server() {
  for server in $BACKUP_SERVERS; do echo "${server%:*}"; done
}

# kept_databases: those of the manifest, a line SERVER/DATABASE each.
kept_databases() { awk -F '\t' '$1 == "database" { print $2 "/" $3 }' "$work/manifest"; }

# for_databases COMMAND…: it, with SERVER and DATABASE of each of them. A name may be any words.
for_databases() {
  kept_databases >"$work/databases"
  while IFS= read -r each <&3; do "$@" "${each%%/*}" "${each#*/}"; done 3<"$work/databases"
}

# title SERVER/DATABASE: for people.
title() {
  case $BACKUP_SERVERS in
    *" "*) echo "database ${1#*/} of ${1%%/*}" ;;
    *) echo "database ${1#*/}" ;;
  esac
}

# Row counts of the database it is connected to, a line each; also what a restored one is held against.
count_rows="select format('select %L, count(*) from %I.%I', n.nspname || '.' || c.relname, n.nspname, c.relname)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
order by 1 \\gexec"

rows_of() {
  printf '%s\n' "set statement_timeout = 0;" "\\f '\t'" "$count_rows" | sql "$1" "$2"
}
