import { certificateName, dataFolder, facts, parts, variableFile } from "./folders.ts";

/** Seconds until the next try after so many failures, at most four in an hour: Let's Encrypt takes five. */
export const patience = [60, 600, 1800, 3600, 7200, 21_600] as const;

/** Seconds between two questions whether a certificate is due; up to an hour is added by chance. */
export const interval = 39_600;

/**
 * The loop that gets a certificate and renews it, as a POSIX `sh` script for the image of lego, which decides by the
 * CA's renewal information (RFC 9773) or at two thirds of a lifetime, and does nothing before. What it needs to know is
 * in lego's own variables. When it is to try next, and after how many failures, is in files, so that no restart asks
 * the CA once more; `WANTED` is another one for other names or another CA. SIGHUP has it ask at once.
 *
 * A pair appears whole: in a folder of its own, which the file `current` then names.
 */
export const renewScript = String.raw`set -u
umask 027
data=${dataFolder}
state=$data/state
log=/tmp/lego.log

# First, as a process without a parent is else deaf to both. One that comes during a try has another follow it.
asked= child=
trap 'kill $child 2>/dev/null; exit 0' TERM INT
trap 'asked=1; kill $child 2>/dev/null' HUP

say() { echo "certificates: $*"; }
found() { cat "$state/$1" 2>/dev/null || echo "$2"; }
keep() { printf '%s\n' "$2" >"$state/$1.next" && mv -f "$state/$1.next" "$state/$1"; }
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
    mkdir -p "$data/$pair.next"
    cp "$source.crt" "$data/$pair.next/chain.pem"
    cp "$source.key" "$data/$pair.next/key.pem"
    chmod 0440 "$data/$pair.next/chain.pem" "$data/$pair.next/key.pem"
    mv "$data/$pair.next" "$data/$pair"
    echo "$pair" >"$data/${parts.current}.next"
    mv -f "$data/${parts.current}.next" "$data/${parts.current}"
    for old in "$data"/pairs/*; do
        [ "$old" = "$data/$pair" ] || [ "$old" = "$last" ] || rm -rf "$old"
    done
    say "a new certificate is there"
}

# What lego says last, on one line.
reason() {
    sed -n 's/^time=[^ ]* level=ERROR msg=[^ ]* error=//p' "$log" | tail -n 1 | cut -c 1-1000 | tr -d '\r"\\'
}

# When the CA says when to come back: "retry after 2026-11-26 17:00:00 UTC".
retry() {
    time=$(sed -n 's/.*[Rr]etry after \([0-9][0-9-]* [0-9][0-9:]*\) UTC.*/\1/p' "$log" | tail -n 1)
    [ -n "$time" ] && date -u -d "$time" +%s 2>/dev/null || echo 0
}

attempt() {
    keep tried "$(now)"
    if timeout 900 /lego run >"$log" 2>&1; then
        cat "$log"
        keep failures 0
        keep reason ''
        chance=$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')
        keep due $(($(now) + ${interval} + chance % 3600))
    else
        cat "$log"
        failures=$(($(found failures 0) + 1))
        case $failures in
${patience.map((seconds, index) => `        ${index === patience.length - 1 ? "*" : index + 1}) delay=${seconds} ;;`).join("\n")}
        esac
        due=$(($(now) + delay))
        later=$(retry)
        [ "$later" -gt "$due" ] && due=$later
        keep failures "$failures"
        keep reason "$(reason)"
        keep due "$due"
        say "failed $failures time(s), again at $(date -u -d "@$due" +%Y-%m-%dT%H:%M:%SZ); what served before serves on"
    fi
    put
}

mkdir -p "$state" "$data/${parts.webroot}/.well-known/acme-challenge" "$data/pairs"
[ -L "$data/${parts.challenges}" ] || ln -s ${parts.webroot}/.well-known/acme-challenge "$data/${parts.challenges}"
for file in /etc/berth/${variableFile}*; do
    [ ! -r "$file" ] || export "\${file##*/${variableFile}}=$(cat "$file")"
done
if [ "$(found wanted '')" != "$WANTED" ]; then
    keep failures 0
    keep due 0
    keep wanted "$WANTED"
fi
put
while :; do
    : >"$data/${facts.alive}"
    left=$(($(found due 0) - $(now)))
    if [ -n "$asked" ] || [ "$left" -le 0 ]; then
        asked=
        attempt
        continue
    fi
    [ "$left" -gt 3600 ] && left=3600
    sleep "$left" &
    child=$!
    # One that came before there was anything to end.
    [ -n "$asked" ] && kill "$child"
    wait "$child"
done
`.replaceAll("\\$", "$");
