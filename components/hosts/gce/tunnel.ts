/** Where `gcloud` finds a machine. */
export interface GceLocation {
  project: string;
  zone: string;
}

/**
 * The way through Identity-Aware Proxy, as ssh's ProxyCommand: `%h` is the machine's name.
 * https://cloud.google.com/sdk/gcloud/reference/compute/start-iap-tunnel
 */
export function iapTunnel({ project, zone }: GceLocation): string {
  return `gcloud compute start-iap-tunnel %h %p --listen-on-stdin --project=${project} --zone=${zone} --verbosity=error`;
}

/**
 * Prints the machine's public host key, which its guest agent publishes through Google's API: nobody between us and
 * the machine can put another in its place. Waits for it up to five minutes.
 * https://cloud.google.com/compute/docs/metadata/manage-guest-attributes
 */
export function hostKeyScript({ project, zone }: GceLocation): string {
  return waitFor(
    `gcloud compute instances get-guest-attributes "$INSTANCE" --project=${project} --zone=${zone} ` +
      `--query-path=hostkeys/ssh-ed25519 --format='value(value)' 2>/dev/null`,
    `ssh-ed25519 `,
  );
}

/** Repeats a command until it prints something, for five minutes. */
function waitFor(command: string, prefix: string): string {
  return [
    "set -u",
    "for _ in $(seq 60); do",
    `  key=$(${command}) || key=`,
    `  case "$key" in ?*) printf '%s%s\\n' '${prefix}' "$key"; exit 0 ;; esac`,
    "  sleep 5",
    "done",
    `echo "host: must publish its ssh host key within 5 minutes, got none from $INSTANCE; see its serial output" >&2`,
    "exit 1",
  ].join("\n");
}
