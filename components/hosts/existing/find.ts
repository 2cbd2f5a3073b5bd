import * as pulumi from "@pulumi/pulumi";
import { connection, type Connection } from "../../ssh/connection.ts";
import { joinSwarm } from "../../machine/swarm.ts";
import type { Member } from "../../machine/swarmScript.ts";
import type { FoundBeside, FoundHost, WantedHost } from "../kind.ts";
import { ExistingHost, type ExistingHostArgs } from "./existing.ts";
import { reach } from "./reach.ts";
import { existingTarget, type ExistingHostSettings } from "./settings.ts";

/** Reaches every server, and gets it ready unless this is a preview. Throws `RemoteError` when one can't be reached. */
export async function findExisting({
  host,
  hosts,
  https,
  prepare,
  swarm = false,
  everywhere = false,
}: WantedHost<ExistingHostSettings>): Promise<FoundHost> {
  const others = Object.entries(hosts);
  const ways: [Connection, machine?: string][] = [
    [wayTo(host)],
    ...others.map(([name, one]): [Connection, string] => [wayTo(one), name]),
  ];
  await Promise.all(ways.map(([way]) => reach(way)));
  if (!pulumi.runtime.isDryRun()) {
    await Promise.all(ways.map(([way, machine]) => prepare(machine)(way)));
  }
  return {
    ...found(host.kind, host, { https }),
    beside: Object.fromEntries(
      others.map(([name, one]) => [
        name,
        found(name, one, { ...(swarm && everywhere ? { https } : { beside: true }), leaves: swarm }),
      ]),
    ),
    join: (stack, first) =>
      joinSwarm(
        {
          stack,
          machines: [member(host.kind, host), ...others.map(([name, one]) => member(name, one))],
          stay: true,
        },
        first,
      ),
  };
}

function member(machine: string, one: ExistingHostSettings): Member {
  const connection = wayTo(one);
  return { machine, connection, address: one.privateAddress ?? connection.target.address };
}

function found(
  name: string,
  one: ExistingHostSettings,
  place: Pick<ExistingHostArgs, "beside" | "https" | "leaves">,
): FoundHost & FoundBeside {
  const { capacity, publicAddress, privateAddress, ipv6 } = one;
  const args = { connection: wayTo(one), capacity, publicAddress, privateAddress, ipv6, ...place };
  return { capacity, open: () => new ExistingHost(name, args) };
}

function wayTo(one: ExistingHostSettings): Connection {
  return connection(existingTarget(one));
}
