/** Where the release step finds things, and how long it waits. */
export interface ReleaseStep {
  /** Absolute path of the new configuration, which may be read-only. */
  candidate: string;
  /** Absolute path of the configuration that the proxy runs, on a volume both can write. */
  live: string;
  /** A pair of certificate and key that the new configuration names, and where it lies. @default none */
  pair?: { source: string; target: string };
  /** What the public gets while maintenance is on, and where the configuration looks for it. @default none */
  page?: { source: string; target: string };
  /** Seconds the requests of the old configuration get. @default 30 */
  drainSeconds?: number;
  /** Seconds the proxy gets to take a new configuration. @default 10 */
  reloadSeconds?: number;
}

/**
 * The release step as a POSIX `sh` script, for a one-shot container of the proxy's image, uid and network, in the
 * proxy's PID namespace; it needs no capability and no writable root but `/tmp`.
 *
 * It ends with 0 when the new configuration serves and requests to the old replicas are done or out of time, so that
 * these may be removed. It ends with 1, and the old configuration serves on, when nginx refuses the new one.
 *
 * nginx's workers start without the addresses of names they haven't seen (those of known names are handed on), and
 * answer 502 until these are resolved, some milliseconds later. So where no replica stays, the old and the new ones
 * serve together for a second: a first reload adds, a second one removes.
 *
 * A failed reload shows in the process list alone: the old workers stay as they are. The master's answer would be in
 * the proxy's log, its counters in its network namespace, and neither may be within reach.
 */
export function releaseScript(step: ReleaseStep): string {
  const { pair, page } = step;
  const paths = {
    candidate: step.candidate,
    live: step.live,
    ...(pair && { "pair.source": pair.source, "pair.target": pair.target }),
    ...(page && { "page.source": page.source, "page.target": page.target }),
  };
  for (const [key, path] of Object.entries(paths))
    if (!/^(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/.test(path))
      throw new Error(
        `${key}: must be an absolute path of letters, digits, "." "_" "-", got ${JSON.stringify(path)}`,
      );
  return [
    "set -eu",
    `new=${step.candidate} live=${step.live}`,
    `drain=${whole("drainSeconds", step.drainSeconds ?? 30)} patience=${whole("reloadSeconds", step.reloadSeconds ?? 10)}`,
    ...(pair ? [`pair=${pair.source} place=${pair.target}`] : []),
    ...(page ? [`page=${page.source} shown=${page.target}`] : []),
    body
      .replace("@take\n", pair ? takePair : "")
      .replace("@forget\n", pair ? forgetPairs : "")
      .replace("@page\n", page ? putPage : ""),
  ].join("\n");
}

function whole(key: string, value: number): number {
  if (!Number.isInteger(value) || value < 1 || value > 3600)
    throw new Error(`${key}: must be a whole number of seconds from 1 to 3600, got ${value}`);
  return value;
}

const body = String.raw`
say() { echo "proxy: $*" >&2; }
nap() { sleep 0.2 2>/dev/null || sleep 1; }

# The ids of processes by title: "master process", "worker process" (exactly) or "worker process is shutting down".
processes() {
    for entry in /proc/[0-9]*/cmdline; do
        [ -r "$entry" ] || continue
        title=$({ tr '\0' ' ' <"$entry"; } 2>/dev/null | sed 's/ *$//')
        case $title in
        "nginx: $1" | "nginx: $1 "[!i]*) id=\${entry#/proc/} && echo "\${id%/cmdline}" ;;
        esac
    done
}

check() {
    nginx -e stderr -t -q -c "$1" || { say "refused by nginx, nothing was changed"; exit 1; }
}

install() {
    rm -f "$live.next"
    cp "$1" "$live.next"
    mv -f "$live.next" "$live"
}

# True when every worker of before is retiring or gone and another one works.
taken() {
    now=" $(processes "worker process" | tr '\n' ' ') "
    for id in $before; do
        case $now in *" $id "*) return 1 ;; esac
    done
    [ "$now" != "  " ]
}

reload() {
    before=$(processes "worker process")
    kill -HUP "$master"
    end=$(($(date +%s) + patience))
    until taken; do
        if [ "$(date +%s)" -ge "$end" ]; then
            say "the new configuration was not taken within $patience s, the old one is back; see the proxy's log"
            install /tmp/old.conf
            kill -HUP "$master"
            exit 1
        fi
        nap
    done
}

master=$(processes "master process" | head -n 1)
[ -n "$master" ] || { say "no nginx is running here"; exit 1; }
[ -f "$live" ] || { say "no configuration at $live"; exit 1; }

# The new configuration, with the old servers added to each upstream of names that has none in common with before.
awk '
    FNR == 1 { file++ }
    $1 == "upstream" && $3 == "{" { name = $2; known = 0; named = 0 }
    name != "" && $1 == "server" {
        if (file == 1) { old[name] = old[name] $0 "\n"; seen[name, $2] = 1 }
        else { if ((name, $2) in seen) known = 1; if ($0 ~ / resolve /) named = 1 }
    }
    file == 2 && name != "" && $1 == "}" && named && !known { printf "%s", old[name] }
    $1 == "}" { name = "" }
    file == 2 { print }
' "$live" "$new" >/tmp/bridge.conf
rm -f /tmp/old.conf
cp "$live" /tmp/old.conf

@take
check "$new"
@page
if ! cmp -s "$new" /tmp/bridge.conf; then
    check /tmp/bridge.conf
    install /tmp/bridge.conf
    reload
    sleep 1
fi
install "$new"
reload
@forget
say "$(sed -n '1s/^# \(.*\): .*/\1/p' "$new") serves"

start=$(date +%s)
while left=$(processes "worker process is shutting down" | wc -l) && [ "$left" -gt 0 ]; do
    if [ $(($(date +%s) - start)) -ge "$drain" ]; then
        say "$left old worker(s) still busy after $drain s"
        exit 0
    fi
    nap
done
say "requests of the old configuration ended within $(($(date +%s) - start)) s"
`.replaceAll("\\$", "$");

/** Under a name of its own: the old pair serves until the new configuration does. */
const takePair = `
if [ ! -d "$place" ]; then
    umask 077
    rm -rf "$place.next"
    mkdir -p "$place.next"
    cp "$pair/chain.pem" "$pair/key.pem" "$place.next/"
    mv "$place.next" "$place"
fi
`;

/** Whole at every moment, for it may be shown just now. */
const putPage = `
rm -f "$shown.next"
cp "$page" "$shown.next"
mv -f "$shown.next" "$shown"
`;

const forgetPairs = `
for other in "\${place%/*}"/*; do
    [ "$other" = "$place" ] || rm -rf "$other"
done
`;
