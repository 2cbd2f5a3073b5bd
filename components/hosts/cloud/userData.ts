import { parse, stringify } from "yaml";
import { cloudConfig } from "../../machine/cloudConfig.ts";
import { setupScript } from "../../machine/setupScript.ts";
import type { Machine } from "../../machine/machine.ts";
import { dataFolders } from "./dataFolders.ts";

/** A machine of a vendor, with the one user who may log in by key and talk to Docker. */
export interface CloudMachine {
  machine: Omit<Machine, "hostKey" | "dataDisk">;
  user: string;
  publicKeys: readonly string[];
  /** The block device of the data disk, as the machine sees it. @default it has none */
  dataDevice?: string;
  /** Shell scripts that run before everything else. @default none */
  first?: readonly string[];
}

/** User-data for a cloud machine. It holds no secret: whoever may describe the machine may read it. */
export function userData({ machine, user, publicKeys, dataDevice, first = [] }: CloudMachine): string {
  const config = parse(cloudConfig(withDisk({ machine, dataDevice }))) as CloudConfig;
  const login = {
    name: user,
    // Made by cloud-init when Docker isn't there yet.
    groups: ["docker"],
    shell: "/bin/bash",
    lock_passwd: true,
    sudo: "ALL=(ALL) NOPASSWD:ALL",
    ssh_authorized_keys: [...publicKeys],
  };
  const runcmd = [...first.map((script) => ["sh", "-c", script]), ...config.runcmd];
  return `#cloud-config\n${stringify({ ...config, users: [login], runcmd }, { lineWidth: 0 })}`;
}

/** The script of that user-data that prepares the machine. */
export function userSetup(machine: Pick<CloudMachine, "machine" | "dataDevice">): string {
  return setupScript(withDisk(machine));
}

function withDisk({ machine, dataDevice }: Pick<CloudMachine, "machine" | "dataDevice">): Machine {
  if (dataDevice === undefined) return machine;
  return { ...machine, dataDisk: { device: dataDevice, folders: dataFolders(machine.system) } };
}

interface CloudConfig {
  runcmd: string[][];
}
