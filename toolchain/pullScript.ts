import type { MachineLogin } from "../lib/logins.ts";

/** Images that a machine pulls as itself, and how it logs in. */
export interface AsItself {
  login: MachineLogin;
  images: readonly string[];
  /** Of these images, those that the run has a login for too, which the machine tries where its own is refused. */
  elsewise: readonly string[];
  /** Seconds that a refusal is taken for a role that was only just given. @default 180 */
  patience?: number;
}

/**
 * The POSIX shell script that pulls what a machine lacks. It reads Docker's config from stdin, and prints each image
 * that it pulls. References hold nothing that a shell reads.
 */
export function pullScript(images: readonly string[], own?: AsItself): string {
  const asItself = own === undefined || own.images.length === 0 ? undefined : own;
  return [
    'login=$(mktemp -d) && trap \'rm -rf "$login"\' EXIT && cat >"$login/config.json" || exit 1',
    ...(asItself === undefined ? [] : [ownPull(asItself)]),
    `for image in ${images.join(" ")}; do`,
    '  docker image inspect "$image" >/dev/null 2>&1 && continue',
    '  echo "$image"',
    ...(asItself === undefined ? [] : [`  case $image in`, ...cases(asItself), "  esac"]),
    '  docker --config "$login" pull --quiet "$image" >/dev/null || exit 1',
    "done",
  ].join("\n");
}

function cases({ images, elsewise }: AsItself): string[] {
  const alone = images.filter((image) => !elsewise.includes(image));
  return [
    ...(elsewise.length === 0 ? [] : [`    ${elsewise.join(" | ")}) own 0 && continue ;;`]),
    ...(alone.length === 0 ? [] : [`    ${alone.join(" | ")}) own "$patience" && continue ;;`]),
  ];
}

/** The token is in no command line, where others on the machine could read it, and goes with the folder. */
function ownPull({ login, patience = 180 }: AsItself): string {
  return `patience=${patience}
identity() {
${login.script}
}
refused() {
  echo "images: $image must be one that the machine may pull as itself, got \\"$1\\"; ${login.remedy}" >&2
  return 1
}
own() {
  mkdir -p "$login/own"
  identity "\${image%%/*}" >"$login/credentials" 2>"$login/trouble" &&
    jq -c --arg registry "\${image%%/*}" '{ auths: { ($registry): { auth: ("\\(.Username):\\(.Secret)" | @base64) } } }' "$login/credentials" >"$login/own/config.json" || {
    refused "$(grep . "$login/trouble" | tail -n 1)"
    return 1
  }
  began=$(date +%s)
  until docker --config "$login/own" pull --quiet "$image" >/dev/null 2>"$login/trouble"; do
    if ! grep -v 'daemon socket' "$login/trouble" | grep -qiE 'denied|forbidden|unauthori[sz]ed|no basic auth' || [ $(($(date +%s) - began)) -ge "$1" ]; then
      refused "$(grep . "$login/trouble" | tail -n 1)"
      return 1
    fi
    sleep 5
  done
}`;
}
