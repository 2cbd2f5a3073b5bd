import { gzipSync } from "node:zlib";
import { userData, userSetup, type CloudMachine } from "../cloud/userData.ts";
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
  /** It is in a swarm of that network. @default false */
  swarm?: boolean;
  /** @default it has no disk for data */
  dataDevice?: string;
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
export function ec2UserData(args: Ec2UserDataArgs): string {
  const { region, ssh } = args;
  return userData({
    ...described(args),
    user: ssh.user,
    publicKeys: ssh.publicKeys,
    first: [waitForInternet, ...(ssh.by === "ssm" ? [installAgent(region)] : [])],
  });
}

/** The script of that user-data that prepares the machine. */
export function ec2Setup(args: Ec2UserDataArgs): string {
  return userSetup(described(args));
}

function described({
  system,
  ssh,
  gpu,
  ports,
  innerPorts = [],
  network,
  swarm = false,
  dataDevice,
}: Ec2UserDataArgs): Pick<CloudMachine, "machine" | "dataDevice"> {
  const endpoint = ssh.by === "endpoint" ? [network] : [];
  return {
    machine: {
      system,
      sshFrom: [...endpoint, ...ssh.allowFrom],
      gpu,
      ports,
      neighbours: [{ network, ports: innerPorts }],
      // Who of the network comes in is the vendor's firewall's to say.
      ...(swarm && { swarm: [network] }),
    },
    ...(dataDevice !== undefined && { dataDevice }),
  };
}
