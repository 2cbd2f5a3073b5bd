import * as command from "@pulumi/command/local/index.js";
import * as pulumi from "@pulumi/pulumi";
import { formerlyIn } from "../containers/former.ts";
import type { Connection } from "../ssh/connection.ts";
import { openMaster } from "../ssh/master.ts";
import { gateScript } from "./gateScript.ts";

export interface GateArgs {
  connection: pulumi.Input<Connection>;
  /** Changes when the machine is replaced, so that the new one is waited for. */
  generation: pulumi.Input<string>;
  /** Seconds. @default 900 */
  deadline?: number;
  /** What has to be there before anyone can get in. */
  dependsOn?: pulumi.Resource[];
  /** Done over the open connection before anything else, in a run and not in a preview. */
  prepare?: Prepare;
}

/** Gets a machine ready for what a stack will put on it. */
export type Prepare = (server: Connection) => Promise<void>;

/**
 * Lets through once a machine's sshd, cloud-init and Docker are there: the connection is known when the machine is
 * ready, with the shared connection open. The docker provider tries once and gives up, so its `host` has to come from
 * here.
 */
export function gate(name: string, args: GateArgs, parent: pulumi.Resource): pulumi.Output<Connection> {
  const server = pulumi.output(args.connection);
  const waited = new command.Command(
    name,
    {
      create: server.apply((known) => gateScript(known, args.deadline)),
      logging: "stderr",
      triggers: [args.generation],
    },
    { ...formerlyIn("berth:machine:Gate", name, { parent }), dependsOn: args.dependsOn },
  );
  return pulumi.all([server, waited.urn]).apply(([known]) => shared(known, args.prepare));
}

/** A preview needs no connection, and passes while the machine is off. */
async function shared(server: Connection, prepare?: Prepare): Promise<Connection> {
  if (pulumi.runtime.isDryRun()) return server;
  await openMaster(server);
  await prepare?.(server);
  return server;
}
