import * as pulumi from "@pulumi/pulumi";
import type { Connection } from "../../ssh/connection.ts";
import { RemoteError } from "../../ssh/errors.ts";
import { openMaster } from "../../ssh/master.ts";
import { remote } from "../../ssh/session.ts";

/** The engine and its machine, as far as they can be asked. */
const question = "docker version --format '{{.Server.Version}}' 2>&1";

/**
 * Opens the shared connection and sees that Docker answers, so that a run fails once and says what to do, not once a
 * container. A preview asks nothing and passes while the machine is off. Throws {@link RemoteError}.
 */
export async function reach(server: Connection, preview = pulumi.runtime.isDryRun()): Promise<void> {
  if (preview) return;
  await openMaster(server);
  await remote(server, question, { deadline: 60 }).catch((error: unknown) => {
    if (!(error instanceof RemoteError)) throw error;
    throw new RemoteError(
      `host: must have a Docker Engine that ${server.target.user} may use, got "${(error.output || error.message).trim()}"; run berth setup`,
      error.output,
    );
  });
}
