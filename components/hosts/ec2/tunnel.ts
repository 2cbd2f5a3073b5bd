import { partitionOf } from "./partition.ts";

/** Which AWS command line reaches a machine. */
export interface Ec2Location {
  region: string;
  profile?: string;
}

export type Ec2Way = "endpoint" | "ssm" | "address";

/**
 * The way to a machine without a public port, as ssh's ProxyCommand: `%h` is the instance's id.
 * https://docs.aws.amazon.com/cli/latest/reference/ec2-instance-connect/open-tunnel.html
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-getting-started-enable-ssh-connections.html
 */
export function proxyCommand(way: Ec2Way, location: Ec2Location): string | undefined {
  switch (way) {
    case "endpoint":
      return `aws ec2-instance-connect open-tunnel --instance-id %h --remote-port %p ${where(location)}`;
    case "ssm":
      return (
        "aws ssm start-session --target %h --document-name AWS-StartSSHSession --parameters portNumber=%p " +
        where(location)
      );
    case "address":
      return undefined;
  }
}

/**
 * Prints the machine's public host key, which cloud-init writes to the console and AWS's API hands out: nobody
 * between us and the machine can put another in its place. Waits for it up to ten minutes.
 * https://docs.aws.amazon.com/cli/latest/reference/ec2/get-console-output.html
 */
export function hostKeyScript(location: Ec2Location): string {
  return [
    "set -u",
    "for _ in $(seq 120); do",
    `  key=$(aws ec2 get-console-output --instance-id "$INSTANCE" --latest --output text ${where(location)} 2>/dev/null |`,
    "    sed -n '/BEGIN SSH HOST KEY KEYS/,/END SSH HOST KEY KEYS/s/^.*\\(ssh-ed25519 [A-Za-z0-9+/=]*\\).*$/\\1/p' | tail -n 1)",
    `  case "$key" in ?*) printf '%s\\n' "$key"; exit 0 ;; esac`,
    "  sleep 5",
    "done",
    `echo "host: must print its ssh host key within 10 minutes, got none from $INSTANCE; see its console output" >&2`,
    "exit 1",
  ].join("\n");
}

function where({ region, profile }: Ec2Location): string {
  return [`--region ${region}`, ...(profile === undefined ? [] : [`--profile ${profile}`])].join(" ");
}

/** Waits up to five minutes until the machine's own address lets it out, which it gets while it boots. */
export const waitForInternet = [
  "for _ in $(seq 75); do",
  "  timeout 3 bash -c '</dev/tcp/deb.debian.org/80' 2>/dev/null && exit 0",
  "  sleep 1",
  "done",
].join("\n");

/**
 * Session Manager's agent, which Debian doesn't package and Ubuntu's images have.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/agent-install-deb.html
 */
export function installAgent(region: string): string {
  const bucket = `https://s3.${region}.${partitionOf(region).domain}/amazon-ssm-${region}`;
  return [
    "systemctl cat snap.amazon-ssm-agent.amazon-ssm-agent.service amazon-ssm-agent.service >/dev/null 2>&1 && exit 0",
    `curl -fsSL --retry 5 -o /tmp/agent.deb "${bucket}/latest/debian_$(dpkg --print-architecture)/amazon-ssm-agent.deb"`,
    "dpkg -i /tmp/agent.deb && rm /tmp/agent.deb",
    "systemctl enable --now amazon-ssm-agent",
  ].join("\n");
}
