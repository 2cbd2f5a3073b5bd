import * as pulumi from "@pulumi/pulumi";
import type { Mount } from "../components/containers/containerSpec.ts";
import { entranceOf } from "../components/containers/host.ts";
import { filesFolder } from "../components/containers/fileVolume.ts";
import type { ApplicationArgs, HttpPeer } from "../services/application/application.ts";
import type { Gate, Linkable } from "../services/application/link.ts";
import type { Kept } from "../services/backup/kept.ts";
import type { ServiceSettings } from "../services/application/serviceSettings.ts";
import { innerPort } from "../services/proxy/ports.ts";
import {
  valueOf,
  type Context,
  type HandedNames,
  type Part,
  type VolumeMount,
} from "../services/definition.ts";
import type { ServiceOf, SystemDefinition } from "../systems/define.ts";
import { bucketsOf } from "../systems/facts.ts";
import { fillers, isEverywhere, proxyStays } from "../settings/everywhere.ts";
import { planJobs } from "../settings/jobPlan.ts";
import { SystemJobs } from "./systemJobs.ts";
import type { SystemArgs } from "./system.ts";
import { handedNames } from "../settings/templates.ts";
import { composed, named } from "./composed.ts";
import { OwnSecrets } from "./ownSecrets.ts";
import type { Places } from "./places.ts";
import { Volumes } from "./volumes.ts";

interface Surroundings {
  places: Places;
  /** Whether the system is watched. */
  watched: boolean;
  /** Services that are built already. */
  parts: ReadonlyMap<string, Part>;
  /** Of what belongs to a service, or to the whole system. */
  optsOf: (service: string | undefined) => pulumi.ComponentResourceOptions;
  /** What a migration waits for. */
  before: (migration: string, args: ApplicationArgs) => Gate[];
}

/** Makes what a system's applications share, jobs and volumes, and says what each of them is handed. */
export class Applications {
  readonly #volumes: Volumes;
  readonly #secrets: OwnSecrets;

  readonly jobs: SystemJobs;

  constructor(
    private readonly system: SystemDefinition,
    private readonly args: SystemArgs,
    private readonly around: Surroundings,
  ) {
    const filling = new Set(
      Object.entries(fillers(system, args.services)).flatMap(([volume, job]) =>
        isEverywhere(system, args, volume) ? [job] : [],
      ),
    );
    this.jobs = new SystemJobs(planJobs(system, args.services), {
      argsOf: (service) => this.jobArgs(service),
      optsOf: around.optsOf,
      before: around.before,
      mounts: (mounts) => this.mounts(mounts),
      has: (service) => args.services[service] !== undefined,
      members: (job) => (filling.has(job) ? (args.members ?? []) : []),
    });
    this.#secrets = new OwnSecrets({ scope: args.scope, optsOf: around.optsOf });
    this.#volumes = new Volumes(system, args, around);
  }

  /** Settings of a service that nothing can leave out. */
  settingsOf(service: string): ServiceSettings {
    const found = this.args.services[service];
    if (found === undefined) throw new Error(`${service}: must be a service that isn't switched off`);
    return found;
  }

  context(name: string): Context {
    const { scope } = this.around.places.placeOf(name);
    return {
      service: this.settingsOf(name),
      domain: this.args.domain,
      names: this.args.domain === "" ? [] : [this.args.domain, ...this.args.publicly.served],
      watched: this.around.watched,
      gpu: scope.host.capacity.gpus > 0,
      swarm: scope.swarm !== undefined,
      // The public comes in at the stack's own machine, wherever the service runs.
      address: entranceOf(this.args.scope.host),
      addresses: this.#addresses(),
      publication: this.args.scope.host.publication,
      url: (service) => `http://${service}:${innerPort(this.settingsOf(service).port)}`,
    };
  }

  /** Of a load balancer, and of the machines at which the public comes in. */
  #addresses(): pulumi.Output<string[]> {
    const { scope, members = [] } = this.args;
    const others = proxyStays(this.system, this.args) ? [] : members;
    const own = [scope, ...others].map(({ host }) => host.address);
    return pulumi.all([...(scope.host.entrances ?? []), ...own]);
  }

  /** What the containers of a service are handed. */
  serviceArgs(name: string): ApplicationArgs {
    const { command, developmentCommand, after = [], gpu, uses = [] } = this.#definition(name);
    const context = this.context(name);
    return {
      ...this.#common(name),
      command: command && valueOf(command, context),
      developmentCommand: developmentCommand && valueOf(developmentCommand, context),
      environment: { ...this.#environment(name), ...this.#developing(name) },
      peers: uses.flatMap((other) => this.#peer(other, context)),
      gates: this.jobs.gates(name, after),
      after: this.comesAfter(name),
      gpus: gpu === true && context.gpu ? "all" : undefined,
    };
  }

  /** What a job of a service is handed: the same, but as in production, and at once. */
  jobArgs(name: string): ApplicationArgs {
    return { ...this.#common(name), environment: this.#environment(name) };
  }

  mounts(mounts: readonly VolumeMount[]): Mount[] {
    return this.#volumes.mounts(mounts);
  }

  /** Volumes that a backup has to hold. */
  kept(): Kept["volumes"] {
    return this.#volumes.kept();
  }

  /** What comes up before a service, because its project comes after another. */
  comesAfter(name: string): pulumi.Resource[] {
    const project = this.system.projects?.find(({ services }) => services.includes(name));
    return (project?.after ?? []).flatMap((other) => this.around.parts.get(other)?.resource ?? []);
  }

  #definition(name: string): ServiceOf {
    const found = this.system.services[name];
    if (found === undefined) throw new Error(`${name}: must be a service of the system`);
    return found;
  }

  #common(name: string): ApplicationArgs {
    const { files = {}, mounts = [] } = this.#definition(name);
    const { scope, network } = this.around.places.placeOf(name);
    const context = this.context(name);
    const contents = Object.entries(files).map(([file, { content }]) => [file, valueOf(content, context)]);
    return {
      scope,
      network,
      service: context.service,
      links: this.#links(name),
      composed: this.#composed(name, context),
      mounts: [...this.mounts(mounts), ...this.#volumes.own(name)],
      files: Object.fromEntries(contents) as Record<string, string>,
    };
  }

  /** As in production: what files and variables say. */
  #environment(name: string): NonNullable<ApplicationArgs["environment"]> {
    const { environment = {}, files = {} } = this.#definition(name);
    const places = Object.entries(files).flatMap(([file, { variable }]) =>
      variable === undefined ? [] : [[variable, `${filesFolder}/${file}`]],
    );
    return { ...valueOf(environment, this.context(name)), ...(Object.fromEntries(places) as object) };
  }

  #developing(name: string): ApplicationArgs["environment"] {
    const { developmentEnvironment = {} } = this.#definition(name);
    return this.settingsOf(name).source === undefined
      ? {}
      : valueOf(developmentEnvironment, this.context(name));
  }

  /** A service that is switched off is nobody's peer. */
  #peer(other: string, context: Context): HttpPeer[] {
    const there = this.#definition(other).answers === true && this.args.services[other] !== undefined;
    return there ? [{ name: other, url: context.url(other) }] : [];
  }

  /** The stores it uses, and the secrets of its own. */
  #links(name: string): Linkable[] {
    const { uses = [], databaseParts = false, generated = {} } = this.#definition(name);
    const stores = [...uses, ...this.#buckets(name)].flatMap((other): Linkable[] => {
      const link = this.around.parts.get(other)?.link;
      if (link === undefined) return [];
      const parts = databaseParts ? link.parts?.() : undefined;
      return parts === undefined ? [link] : [link, parts];
    });
    const own = this.#secrets.ofOwner(this.settingsOf(name));
    return [...stores, ...this.#secrets.ofSystem(name, generated), ...own];
  }

  /** What settings make of what its links hand over. */
  #composed(name: string, context: Context): ApplicationArgs["composed"] {
    const { service, domain, address } = context;
    if (service.templates === undefined) return undefined;
    const { uses = [] } = this.#definition(name);
    const stores = [...uses, ...this.#buckets(name)].flatMap((other) => {
      const hands = this.around.parts.get(other)?.link?.link().hands;
      return hands === undefined ? [] : [[other, hands] as const];
    });
    const found = [...uses, name].flatMap((other) => {
      const { port } = this.args.services[other] ?? { port: 0 };
      return port === 0
        ? []
        : [[other, { url: context.url(other), host: other, port: String(port) }] as const];
    });
    const handed = { ...Object.fromEntries(found), ...Object.fromEntries(stores) };
    return composed(service, { ...named(handed), domain, address }, this.#handedNames(name));
  }

  /** Volumes of it whose files are in a bucket. */
  #buckets(name: string): string[] {
    return bucketsOf(this.system, name).filter((volume) => this.args.external[volume] !== undefined);
  }

  #handedNames(name: string): HandedNames | undefined {
    const { services, external } = this.args;
    const there = (other: string) => services[other] !== undefined || external[other] !== undefined;
    return handedNames({ system: this.system, there }, name);
  }
}
