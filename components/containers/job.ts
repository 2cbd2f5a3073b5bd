import * as pulumi from "@pulumi/pulumi";
import { container } from "./container.ts";
import type { ContainerSpec } from "./containerSpec.ts";
import { formerlyIn, type Belonging } from "./former.ts";
import { known } from "./known.ts";
import type { Overridable } from "./override.ts";
import type { Scope } from "./scope.ts";
import { firstError, isSaid } from "../../lib/firstError.ts";
import { remedyFor } from "./remedy.ts";
import { handedAsFiles } from "./remedyVariable.ts";
import { PlainError } from "../../lib/plainError.ts";

export interface JobArgs extends Overridable {
  scope: Scope;
  /** Service the job belongs to, for labels and messages. */
  service: string;
  spec: ContainerSpec;
  dependsOn?: pulumi.Resource[];
  /** It runs an application's image, for which a setting may mend a failure. @default false */
  application?: boolean;
}

/**
 * A container that runs once to its end whenever one of its inputs changes. What must not happen before it
 * has succeeded passes one of its values through {@link gate}.
 *
 * @example
 * const image = scope.image("registry.example/api:2");
 * const migration = new Job("api-migration", {
 *   scope,
 *   service: "api",
 *   spec: {
 *     image,
 *     user: "1000:1000",
 *     command: ["alembic", "upgrade", "head"],
 *     networks: [{ network: network.networkName }],
 *     limits: { cpus: 1, memory: 256 },
 *     graceSeconds: 10,
 *   },
 * });
 * // What is made of it waits for the job, and isn't made when it fails.
 * const checked = migration.gate(image);
 */
export class Job {
  readonly #success: pulumi.Output<true>;

  constructor(name: string, args: JobArgs, belonging: Belonging = {}) {
    const { scope, service, spec, dependsOn, override, application = false } = args;
    const options = formerlyIn("berth:components:Job", name, belonging);
    const run = container(name, spec, { scope, service, role: "job", options, dependsOn, override });
    const ended = pulumi
      .all([run.exitCode, run.containerLogs, run.urn, pulumi.unsecret(run.envs)])
      .apply(([exitCode, log, urn, variables]) => {
        checkResult({ name, exitCode, log, urn, variables, ...(application && { service }) });
        return true as const;
      });
    scope.jobs?.add(ended);
    // A preview doesn't know how a job will end, and what waits for it isn't shown as changing for that.
    this.#success = pulumi.runtime.isDryRun() ? known(true, run) : ended;
  }

  /** `value`, once the job has succeeded. When it failed, the run fails and says why. */
  gate<T>(value: pulumi.Input<T>): pulumi.Output<T> {
    return pulumi.all([this.#success, pulumi.output(value)]).apply(([, open]) => open as T);
  }
}

export interface JobResult {
  name: string;
  exitCode: number;
  log: string | undefined;
  urn: string;
  /** What it found in its environment. */
  variables?: readonly string[];
  /** Whose settings may mend its failure. @default nobody's */
  service?: string;
}

/** Throws what a person needs to know of a failed job: its name, its exit code, the first error and the end of its log. */
export function checkResult({ name, exitCode, log, urn, service, variables = [] }: JobResult): void {
  if (exitCode === 0) return;
  const lines = (log ?? "").trimEnd().split("\n");
  const tail = lines.slice(-20);
  const cause = firstError(lines);
  const first = isSaid(cause, tail) ? "" : `The first error in its log:\n${cause.join("\n")}\n`;
  const mended =
    service === undefined
      ? undefined
      : remedyFor({ service, log: lines, exitCode, asFiles: handedAsFiles(variables) });
  const remedy = mended === undefined ? "" : `\nwhat mends it: ${mended}`;
  throw new PlainError(
    `${name}: must exit with 0, got ${exitCode}; nothing was switched. The next berth up runs it again ` +
      `(plain Pulumi: --replace "${urn}"). ${first}The end of its log:\n${tail.join("\n")}${remedy}`,
  );
}
