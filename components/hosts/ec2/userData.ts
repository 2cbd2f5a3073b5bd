import { gzipSync } from "node:zlib";
import { userData } from "../cloud/userData.ts";
import { installAgent, waitForInternet, type Ec2Way } from "./tunnel.ts";

export interface Ec2UserDataArgs {
  system: string;
  region: string;
  ssh: { user: string; publicKeys: readonly string[]; allowFrom: readonly string[]; by: Ec2Way };
  gpu: boolean;
  /** TCP ports open beside ssh. @default 80 and 443 */
  ports?: readonly number[];
  /** TCP ports left to the network's other machines. @default none */
  innerPorts?: readonly number[];
  /** The network's addresses, as CIDR: an endpoint's connections come from there. */
  network: string;
  dataDevice: string;
}

/** Bytes of user-data that EC2 takes (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html). */
const mostBytes = 16_384;

/**
 * User-data as EC2 takes it: compressed, which cloud-init undoes, and in base64. Throws for more than EC2 takes, which
 * no settings lead to.
 */
export function compressed(text: string): string {
  const bytes = gzipSync(text, { level: 9 });
  if (bytes.length > mostBytes)
    throw new Error(`user-data: must have at most ${mostBytes} bytes, got ${bytes.length}`);
  return bytes.toString("base64");
}

/** User-data of an EC2 machine, in plain. */
export function ec2UserData({
  system,
  region,
  ssh,
  gpu,
  ports,
  innerPorts = [],
  network,
  dataDevice,
}: Ec2UserDataArgs): string {
  const endpoint = ssh.by === "endpoint" ? [network] : [];
  return userData({
    machine: {
      system,
      sshFrom: [...endpoint, ...ssh.allowFrom],
      gpu,
      ports,
      neighbours: [{ network, ports: innerPorts }],
    },
    user: ssh.user,
    publicKeys: ssh.publicKeys,
    dataDevice,
    first: [waitForInternet, ...(ssh.by === "ssm" ? [installAgent(region)] : [])],
  });
}
