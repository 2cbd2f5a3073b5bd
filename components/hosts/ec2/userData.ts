import { gzipSync } from "node:zlib";
import { PlainError } from "../../../lib/plainError.ts";
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
 * settings are refused for before: see {@link roomRule}.
 */
export function compressed(text: string): string {
  const bytes = packed(text);
  if (bytes.length > mostBytes) throw new PlainError(`host.ssh.publicKeys: ${roomWords(bytes.length)}`);
  return bytes.toString("base64");
}

/**
 * Smaller blocks than zlib's own, each with a code of its own: keys are made of other letters than scripts, and half a
 * kilobyte is saved.
 */
function packed(text: string): Buffer {
  return gzipSync(text, { level: 9, memLevel: 7 });
}

function roomWords(bytes: number | string): string {
  return (
    `must leave the machine's user-data within the ${mostBytes} bytes that EC2 takes, and makes it ${bytes}, compressed; ` +
    "name fewer keys or shorter ones, which ssh-keygen -t ed25519 makes"
  );
}

/** Bytes, compressed, that one machine's name, ports and data disk may take more than another's: 107 were the most seen. */
const reserve = 128;

/**
 * Characters of ssh settings that always fit, compressed or not: all else takes 13,600 bytes at most. So the user-data of
 * few needn't be made, which takes a twentieth of a second.
 */
const alwaysFit = 2_900;

/** What is wrong with the keys of a machine whose user-data EC2 wouldn't take, as a rule; nothing where it fits. */
export function roomRule(machine: Pick<Ec2UserDataArgs, "region" | "ssh" | "gpu">): string | undefined {
  const { publicKeys, allowFrom } = machine.ssh;
  if ([...publicKeys, ...allowFrom].join("\n").length <= alwaysFit) return undefined;
  const dataDevice = "/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0123456789abcdef0";
  // Whether it is in a swarm is said elsewhere than of the machine.
  const most = { system: "system", network: "10.20.0.0/24", dataDevice, swarm: true };
  const text = ec2UserData({ ...machine, ...most });
  const bytes = packed(text).length + reserve;
  return bytes > mostBytes ? roomWords(`up to ${bytes}`) : undefined;
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
