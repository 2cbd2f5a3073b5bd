import * as pulumi from "@pulumi/pulumi";
import type { Mount } from "../components/containers/containerSpec.ts";
import type { ApplicationArgs } from "../services/application/application.ts";
import { ApplicationJob } from "../services/application/applicationJob.ts";
import type { Gate } from "../services/application/link.ts";
import type { VolumeMount } from "../services/definition.ts";
import type { Scope } from "../components/containers/scope.ts";
import type { JobPlan } from "../settings/jobPlan.ts";

interface Surroundings {
  /** What a job of a service is handed. */
  argsOf: (service: string) => ApplicationArgs;
  optsOf: (service: string) => pulumi.ComponentResourceOptions;
  mounts: (mounts: readonly VolumeMount[]) => Mount[];
  /** What a migration to this image waits for. @default nothing */
  before?: (migration: string, args: ApplicationArgs) => Gate[];
  /** Whether a service is there. */
  has: (service: string) => boolean;
  /** Other machines of the swarm on which a job runs too. @default none */
  members?: (job: string) => readonly Scope[];
}

/** Makes the jobs of a system, each when it is first asked for, so after those that come before it. */
export class SystemJobs {
  readonly #made = new Map<string, Gate>();

  constructor(
    private readonly plan: JobPlan,
    private readonly around: Surroundings,
  ) {}

  /** What stands for a job of the definition; open where nothing does. */
  gate(name: string): Gate {
    return allOf((this.plan.instead[name] ?? []).map((job) => this.#job(job)));
  }

  /** What a service waits for, of which its definition names `after`. */
  gates(service: string, after: readonly string[]): Gate[] {
    const { instead, gates } = this.plan;
    const names = [...after.flatMap((job) => instead[job] ?? []), ...(gates[service] ?? [])];
    return [...new Set(names)].map((job) => this.#job(job));
  }

  /** Those too that no service waits for. */
  build(): void {
    for (const [name, { of: owner }] of Object.entries(this.plan.jobs)) {
      if (this.around.has(owner)) this.#job(name);
    }
  }

  #job(name: string): Gate {
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const definition = this.plan.jobs[name];
    if (definition === undefined) throw new Error(`${name}: must be a job of the system`);
    const { of: owner, does, command, after = [], only, beside = [] } = definition;
    const args = this.around.argsOf(owner);
    const { scope, network, service, ...rest } = args;
    const before = does === "migrate" ? (this.around.before?.(name, args) ?? []) : [];
    const job = {
      ...{ scope, network, service },
      ...(only === undefined ? rest : { mounts: this.around.mounts(only) }),
      ...(beside.length > 0 && { mounts: joined(rest.mounts ?? [], this.around.mounts(beside)) }),
      gates: [...after.map((other) => this.#job(other)), ...before],
      command: [...command],
    };
    const opts = this.around.optsOf(owner);
    const mounts = job.mounts?.filter(({ everywhere }) => everywhere === true);
    const others = (this.around.members?.(name) ?? []).map(
      (member) =>
        new ApplicationJob(`${name}-${member.machine ?? ""}`, { ...job, scope: member, mounts }, opts),
    );
    const made = allOf([new ApplicationJob(name, job, opts), ...others]);
    this.#made.set(name, made);
    return made;
  }
}

/** Open once each of them is. */
function allOf(gates: readonly Gate[]): Gate {
  return {
    gate: <T>(value: pulumi.Input<T>) =>
      gates.reduce((open, each) => each.gate(open), pulumi.output(value) as pulumi.Output<T>),
  };
}

/** All of these volumes, each place once; those that come later stay. */
function joined(mounts: readonly Mount[], more: readonly Mount[]): Mount[] {
  const places = new Set(more.map(({ target }) => target));
  return [...mounts.filter(({ target }) => !places.has(target)), ...more];
}
