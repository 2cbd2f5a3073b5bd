import * as pulumi from "@pulumi/pulumi";
import type { Mount } from "../components/containers/containerSpec.ts";
import { DataFolder } from "../components/containers/dataFolder.ts";
import { DataVolume } from "../components/containers/dataVolume.ts";
import { SharedVolume, type SharedVolumeArgs } from "../components/containers/sharedVolume.ts";
import type { VolumeMount } from "../services/definition.ts";
import { volumeOf } from "../settings/volumes.ts";
import type { SystemDefinition } from "../systems/define.ts";
import { isEverywhere } from "../settings/everywhere.ts";
import type { Places } from "./places.ts";
import type { SystemArgs } from "./system.ts";

type Source = Pick<Mount, "volume" | "folder" | "everywhere">;

interface Made {
  opts: pulumi.ComponentResourceOptions;
  /** Each machine of a swarm has one of its own. */
  everywhere: boolean;
}

interface Surroundings {
  places: Places;
  optsOf: (service: string) => pulumi.ComponentResourceOptions;
}

/** Makes a system's volumes, and those that settings give a service. */
export class Volumes {
  readonly #made: ReadonlyMap<string, Source>;
  readonly #own: ReadonlyMap<string, Mount[]>;

  constructor(
    private readonly system: SystemDefinition,
    private readonly args: SystemArgs,
    private readonly around: Surroundings,
  ) {
    this.#made = new Map(
      Object.keys(system.volumes ?? {}).flatMap((name) => {
        const made = this.#volume(name);
        return made === undefined ? [] : [[name, made]];
      }),
    );
    this.#own = new Map(Object.keys(args.services).map((service) => [service, this.#ownMounts(service)]));
  }

  mounts(mounts: readonly VolumeMount[]): Mount[] {
    const kept = mounts.filter(({ volume, readOnly }) => !this.#elsewhere(volume) || readOnly === false);
    return kept.map(({ volume, ...mount }) => {
      const made = this.#made.get(volume);
      if (made === undefined) throw new Error(`${volume}: must be a volume of a service that is there`);
      return { ...mount, ...made };
    });
  }

  /** Those that settings give a service. */
  own(service: string): Mount[] {
    return this.#own.get(service) ?? [];
  }

  /** Those on the stack's own machine that hold what is worth keeping, by their names in the stack. */
  kept(): Record<string, Source> {
    const owned = Object.keys(this.args.services)
      .filter((service) => this.#isHome(service))
      .flatMap((service) => {
        const names = Object.keys(this.args.services[service]?.volumes ?? {});
        return this.own(service).map(({ volume, folder }, index): [string, Source] => [
          volumeOf(service, names[index] ?? ""),
          { volume, folder },
        ]);
      });
    const made = Object.entries(this.system.volumes ?? {}).flatMap(([name, { keeps, of: owner }]) => {
      const source = this.#made.get(name);
      const home = keeps !== "folder" || this.#isHome(owner);
      return source !== undefined &&
        keeps !== "shared" &&
        home &&
        !this.#elsewhere(name) &&
        this.#isMounted(name)
        ? [[name, source] as [string, Source]]
        : [];
    });
    return Object.fromEntries([...made, ...owned]);
  }

  /** A folder that no service mounts is a place for a person's own work, such as dumps. */
  #isMounted(name: string): boolean {
    return Object.keys(this.args.services).some((service) =>
      (this.system.services[service]?.mounts ?? []).some(({ volume }) => volume === name),
    );
  }

  #isHome(service: string): boolean {
    return this.around.places.placeOf(service).scope.machine === undefined;
  }

  /** Nothing where the service that owns it is switched off or somebody else's. */
  #volume(name: string): Source | undefined {
    const definition = this.system.volumes?.[name];
    const owner = definition && this.args.services[definition.of];
    if (definition === undefined || owner === undefined) return undefined;
    const { keeps, of: service, permissions } = definition;
    const { scope } = keeps === "folder" ? this.around.places.placeOf(service) : this.args;
    const args = { scope, service, user: owner.user, ...(permissions !== undefined && { permissions }) };
    const opts = this.around.optsOf(service);
    const everywhere = isEverywhere(this.system, this.args, name);
    switch (keeps) {
      case "data":
        // What is on its way to the bucket waits here.
        if (this.#elsewhere(name)) return this.#shared(`${name}-incoming`, args, { opts, everywhere });
        return { volume: new DataVolume(name, args, opts).volumeName };
      case "shared":
        return this.#shared(name, args, { opts, everywhere });
      case "folder":
        return this.#folder(name, args, opts);
    }
  }

  /** On the stack's own machine, or on every machine of a swarm one by the same name. */
  #shared(name: string, args: SharedVolumeArgs, { opts, everywhere }: Made): Source {
    const home = new SharedVolume(name, args, opts).volumeName;
    if (!everywhere || args.scope.swarm === undefined) return { volume: home };
    const others = (this.args.members ?? []).map(
      (scope) =>
        new SharedVolume(`${name}-${scope.machine ?? ""}`, { ...args, scope, called: name }, opts).volumeName,
    );
    return { volume: pulumi.all([home, ...others]).apply(([volume]) => volume ?? name), everywhere: true };
  }

  /** Whether its files are in a bucket, and nobody but its owner finds any here. */
  #elsewhere(name: string): boolean {
    return this.system.volumes?.[name]?.bucket === true && this.args.external[name] !== undefined;
  }

  /** On the machine on which the service runs. */
  #ownMounts(service: string): Mount[] {
    const { user = "", volumes = {} } = this.args.services[service] ?? {};
    return Object.entries(volumes).map(([short, target]) => {
      const name = volumeOf(service, short);
      const args = { scope: this.around.places.placeOf(service).scope, service, user };
      const opts = this.around.optsOf(service);
      const source =
        this.system.folders === true
          ? this.#folder(name, args, opts)
          : { volume: new DataVolume(name, args, opts).volumeName };
      return { target, ...source, readOnly: false };
    });
  }

  #folder(
    name: string,
    args: Omit<ConstructorParameters<typeof DataFolder>[1], "path">,
    opts: pulumi.ComponentResourceOptions,
  ): Source {
    return { folder: new DataFolder(name, { ...args, path: `${this.args.dataRoot}/${name}` }, opts).folder };
  }
}
