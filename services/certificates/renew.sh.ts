import { certificateName, dataFolder, facts, parts, variableFile } from "./folders.ts";

/** Seconds until the next try after so many failures, at most four in an hour: Let's Encrypt takes five. */
export const patience = [60, 600, 1800, 3600, 7200, 21_600] as const;

/** Seconds between two questions whether a certificate is due; up to an hour is added by chance. */
export const interval = 39_600;

/**
 * Seconds without a word, after a refusal that lego takes for one that passes, until it is ended: its own pauses take
 * 30 at most, but as long as a CA's `Retry-After` says, hours where a limit is reached (go-retryablehttp's default).
 */
export const silence = 40;

/** Seconds that a CA may put it off: the longest window of Let's Encrypt's limits, a week. */
export const longest = 604_800;

/**
 * The loop that gets a certificate and renews it, as a POSIX `sh` script for the image of lego, which decides by the
 * CA's renewal information (RFC 9773) or at two thirds of a lifetime, and does nothing before. What it needs to know is
 * in lego's own variables. When it is to try next, and after how many failures, is in files, so that no restart asks
 * the CA once more; a new container does, as it has other names, another CA or another login. SIGHUP has it ask at once.
 *
 * A pair appears whole: in a folder of its own, which the file `current` then names.
 */
export const renewScript = String.raw`set -u
umask 027
data=${dataFolder}
state=$data/state
log=/tmp/lego.log

# First, as a process without a parent is else deaf to both. One that comes during a try has another follow it.
asked= child= watcher=
trap 'kill $child $watcher 2>/dev/null; exit 0' TERM INT
trap 'asked=1; kill $child 2>/dev/null' HUP

say() { echo "certificates: $*"; }
found() { cat "$state/$1" 2>/dev/null || echo "$2"; }
number() { value=$(found "$1" 0) && case $value in '' | *[!0-9]*) echo 0 ;; *) echo "$value" ;; esac; }
keep() {
    { printf '%s\n' "$2" >"$state/$1.next" && mv -f "$state/$1.next" "$state/$1"; } 2>/dev/null ||
        say "$1 can't be written; is there room on the disk?"
}
now() { date +%s; }

# The pair that lego has, where it isn't the one that was put last.
put() {
    source=$LEGO_PATH/certificates/${certificateName}
    [ -r "$source.crt" ] && [ -r "$source.key" ] || return 0
    last=$data/$(cat "$data/${parts.current}" 2>/dev/null)
    cmp -s "$source.crt" "$last/chain.pem" && cmp -s "$source.key" "$last/key.pem" && return 0
    pair=pairs/$(date -u +%Y%m%d-%H%M%S)
    while [ -e "$data/$pair" ]; do pair=$pair-; done
    rm -rf "$data/$pair.next"
    mkdir -p "$data/$pair.next" &&
        cp "$source.crt" "$data/$pair.next/chain.pem" &&
        cp "$source.key" "$data/$pair.next/key.pem" &&
        chmod 0440 "$data/$pair.next/chain.pem" "$data/$pair.next/key.pem" &&
        mv "$data/$pair.next" "$data/$pair" &&
        echo "$pair" >"$data/${parts.current}.next" &&
        mv -f "$data/${parts.current}.next" "$data/${parts.current}" || {
        rm -rf "$data/$pair.next" "$data/$pair"
        say "the new certificate can't be put in place; is there room on the disk?"
        return 1
    }
    for old in "$data"/pairs/*; do
        [ "$old" = "$data/$pair" ] || [ "$old" = "$last" ] || rm -rf "$old"
    done
    say "a new certificate is there"
}

# A refusal after which lego pauses.
refused='^time=[^ ]* level=WARN msg="retry: '

# Ends lego where it pauses for longer than it would by itself: when to come back is this script's matter. A signal is
# lost on one that has only just been begun, so a file has it end too.
watch() {
    before= quiet=0
    while [ -e /tmp/lego.watched ] && kill -0 $$ 2>/dev/null && sleep 1; do
        size=$(wc -c <"$log")
        [ "$size" = "$before" ] && quiet=$((quiet + 1)) || quiet=0
        before=$size
        [ "$quiet" -lt ${silence} ] || ! tail -n 1 "$log" | grep -q "$refused" || kill "$(cat /tmp/lego.pid)"
    done
}

# What lego says last, on one line; of one that was ended, why it paused.
reason() {
    why=$(sed -n 's/^time=[^ ]* level=ERROR msg=[^ ]* error=//p' "$log" | tail -n 1)
    paused=$(sed -n "s/$refused//p" "$log" | tail -n 1)
    case $why in '' | *'context canceled'*) why=\${paused:-$why} ;; esac
    printf '%s\n' "$why" | sed 's/\\n/ /g' | cut -c 1-1000 | tr -d '\r"\\'
}

# When the CA says when to come back: "retry after 2026-11-26 17:00:00 UTC".
retry() {
    time=$(sed -n 's/.*[Rr]etry after \([0-9][0-9-]* [0-9][0-9:]*\) UTC.*/\1/p' "$log" | tail -n 1)
    [ -n "$time" ] && date -u -d "$time" +%s 2>/dev/null || echo 0
}

attempt() {
    tried=$(now)
    keep tried "$tried"
    : >"$log"
    : >/tmp/lego.watched
    watch &
    watcher=$!
    # The process that its number is written of becomes lego's own.
    sh -c 'echo $$ >/tmp/lego.pid; exec timeout 900 /lego run' >"$log" 2>&1
    code=$?
    rm -f /tmp/lego.watched
    kill "$watcher"
    wait "$watcher" 2>/dev/null
    watcher=
    if [ "$code" = 0 ]; then
        cat "$log"
        failures=0 reason=
        chance=$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')
        due=$(($(now) + ${interval} + chance % 3600))
    else
        cat "$log"
        failures=$((failures + 1)) reason=$(reason)
        case $failures in
${patience.map((seconds, index) => `        ${index === patience.length - 1 ? "*" : index + 1}) delay=${seconds} ;;`).join("\n")}
        esac
        due=$(($(now) + delay))
        later=$(retry)
        [ "$later" -gt "$due" ] && due=$later
        [ "$due" -gt $((tried + ${longest})) ] && due=$((tried + ${longest}))
        say "failed $failures time(s), again at $(date -u -d "@$due" +%Y-%m-%dT%H:%M:%SZ); what served before serves on"
    fi
    keep failures "$failures"
    keep reason "$reason"
    keep due "$due"
}

mkdir -p "$state" "$data/${parts.webroot}/.well-known/acme-challenge" "$data/pairs"
[ -L "$data/${parts.challenges}" ] || ln -s ${parts.webroot}/.well-known/acme-challenge "$data/${parts.challenges}"
for file in /etc/berth/${variableFile}*; do
    [ ! -r "$file" ] || export "\${file##*/${variableFile}}=$(cat "$file")"
done
# In memory from here on: a disk that is full has nobody asked without a pause.
failures=$(number failures) due=$(number due) tried=$(number tried)
wanted="$WANTED $(cat /etc/hostname)"
if [ "$(found wanted '')" != "$wanted" ]; then
    failures=0 due=0
    keep failures 0
    keep due 0
    keep wanted "$wanted"
fi
while :; do
    touch "$data/${facts.alive}" || say "the disk can't be written"
    # The last try was in the future: the clock was ahead, and so is the time of the next one.
    [ "$tried" -le "$(now)" ] || due=0
    left=$((due - $(now)))
    if [ -n "$asked" ] || [ "$left" -le 0 ]; then
        asked=
        attempt
        left=$((due - $(now)))
    fi
    most=3600
    put || most=60
    [ -z "$asked" ] || continue
    [ "$left" -gt "$most" ] && left=$most
    [ "$left" -gt 0 ] || continue
    sleep "$left" &
    child=$!
    # One that came before there was anything to end.
    if [ -n "$asked" ]; then kill "$child"; else wait "$child"; fi
done
`.replaceAll("\\$", "$");
