import * as pulumi from "@pulumi/pulumi";
import { connection } from "../components/ssh/connection.ts";
import type { Capacity, Host } from "../components/hosts/host.ts";
import { engineFacts, type EngineFacts } from "../components/hosts/engine.ts";
import { ExistingHost } from "../components/hosts/existing/existing.ts";
import { reach } from "../components/hosts/existing/reach.ts";
import { LocalHost } from "../components/hosts/local/local.ts";
import type { Prepare } from "../components/machine/gate.ts";
import { localImages } from "../components/containers/images.ts";
import type { Scope } from "../components/containers/scope.ts";
import { filesImage } from "../services/proxy/definition.ts";
import type { Settings } from "../settings.ts";
import type { Ec2HostSettings } from "../components/hosts/ec2/settings.ts";
import { existingTarget, type ExistingHostSettings } from "../components/hosts/existing/settings.ts";
import type { GceHostSettings } from "../components/hosts/gce/settings.ts";
import type { LocalHostSettings } from "../components/hosts/local/settings.ts";
import { innerPorts, type Ways } from "../settings/ways.ts";

/** A host that was made, and what it runs for an image. */
export type OpenedHost = Pick<Scope, "image" | "filesImage"> & { host: Host };

/** A host whose size is known, before its first resource exists. */
export interface KnownHost {
  capacity: Capacity;
  /** Makes the host's resources. */
  open(): OpenedHost;
  /** Machines beside it, by name. @default none */
  beside?: Record<string, KnownBeside>;
}

/** A machine beside another. */
export interface KnownBeside {
  capacity: Capacity;
  /** Makes its resources, and opens the ways between the two and no others. */
  open(first: Host, ways: Ways): OpenedHost;
}

/** Finds out about the hosts that settings name. Throws an error that names the fix when one can't be reached. */
export async function findHost(settings: Settings, ask: AskEngine = engineFacts): Promise<KnownHost> {
  const { host } = settings;
  switch (host.kind) {
    case "local":
      return findLocal(host, ask);
    case "existing":
      return findExisting(host, settings, ask);
    case "gce":
      return findGce(host, settings, ask);
    case "ec2":
      return findEc2(host, settings, ask);
  }
}

/** Asks the Docker Engine of the machine that runs this program. */
type AskEngine = () => Promise<EngineFacts>;

async function findLocal({ ip, port }: LocalHostSettings, ask: AskEngine): Promise<KnownHost> {
  const engine = await ask();
  return {
    capacity: engine.capacity,
    open: () => withImages(new LocalHost("local", { engine, ip, port }), engine.images),
  };
}

async function findExisting(
  settings: ExistingHostSettings,
  all: Settings,
  ask: AskEngine,
): Promise<KnownHost> {
  const others = Object.entries(all.hosts) as [string, ExistingHostSettings][];
  const targets = [settings, ...others.map(([, one]) => one)].map(existingTarget).map(connection);
  const [images] = await Promise.all([imagesHere(ask), ...targets.map((to) => reach(to))]);
  if (!pulumi.runtime.isDryRun()) {
    const machines = [undefined, ...others.map(([name]) => name)];
    await Promise.all(targets.map((to, index) => sender(all, images, machines[index])(to)));
  }
  const known = (name: string, one: ExistingHostSettings, beside: boolean) => {
    const { capacity, publicAddress, privateAddress } = one;
    const to = connection(existingTarget(one));
    return {
      capacity,
      open: () => {
        const args = { connection: to, capacity, publicAddress, privateAddress, beside };
        return withImages(new ExistingHost(name, args), images, beside ? name : undefined);
      },
    };
  };
  return {
    ...known("existing", settings, false),
    beside: Object.fromEntries(others.map(([name, one]) => [name, known(name, one, true)])),
  };
}

/** Loaded only where it is used, like the next: a vendor's SDK costs a second and 100 MB. */
async function findGce(host: GceHostSettings, settings: Settings, ask: AskEngine): Promise<KnownHost> {
  const [{ GceHost, gceSize }, images] = await Promise.all([
    import("../components/hosts/gce/gce.ts"),
    imagesHere(ask),
  ]);
  return vendorsMachines(host, settings, images, {
    name: "gce",
    Machine: GceHost,
    size: (one) => gceSize(one).capacity,
  });
}

async function findEc2(host: Ec2HostSettings, settings: Settings, ask: AskEngine): Promise<KnownHost> {
  const [{ Ec2Host, ec2Size }, images] = await Promise.all([
    import("../components/hosts/ec2/ec2.ts"),
    imagesHere(ask),
  ]);
  return vendorsMachines(host, settings, images, {
    name: "ec2",
    Machine: Ec2Host,
    size: (one) => ec2Size(one),
  });
}

/** How a vendor's machines are made. */
interface Vendor<One extends object, Made extends VendorsHost<Made>> {
  /** Of the stack's own machine. */
  name: string;
  Machine: new (name: string, args: One & MachineArgs<Made>) => Made;
  size: (one: One) => Capacity;
}

type VendorsHost<Made> = Host & pulumi.Resource & { admit(other: Made, ports: readonly number[]): void };

/** What every machine of a vendor is told beside its own settings. */
interface MachineArgs<Made> {
  system: string;
  domain: string;
  protectData: boolean;
  innerPorts: number[];
  prepare: Prepare;
  beside?: { host: Made; ports: readonly number[] };
}

function vendorsMachines<One extends object, Made extends VendorsHost<Made>>(
  host: One,
  settings: Settings,
  images: EngineFacts["images"],
  { name: own, Machine, size }: Vendor<One, Made>,
): KnownHost {
  const { system, domain, protectData } = settings;
  const common = { system, domain, protectData, innerPorts: innerPorts(settings) };
  const others = Object.entries(settings.hosts) as [string, One][];
  const known = ([name, one]: [string, One]): [string, KnownBeside] => [
    name,
    {
      capacity: size(one),
      open: (first, { there, back }) => {
        if (!(first instanceof Machine)) throw new Error(`hosts.${name}: must be beside a machine of ${own}`);
        const beside = { host: first, ports: Object.values(there) };
        const second = new Machine(name, {
          ...one,
          ...common,
          prepare: sender(settings, images, name),
          beside,
        });
        first.admit(second, Object.values(back));
        return withImages(second, images, name);
      },
    },
  ];
  return {
    capacity: size(host),
    open: () =>
      withImages(new Machine(own, { ...host, ...common, prepare: sender(settings, images) }), images),
    beside: Object.fromEntries(others.map(known)),
  };
}

/** Sends a machine the images that it will run, lacks, and that this one has. */
function sender(settings: Settings, images: EngineFacts["images"], machine?: string): Prepare {
  return async (to) => {
    const { sendImages } = await import("./sendImages.ts");
    await sendImages(settings, images, { to, machine });
  };
}

/** Images without a digest are sent from this machine, where they have the same id; without Docker here there are none. */
async function imagesHere(ask: AskEngine): Promise<EngineFacts["images"]> {
  return ask().then(
    ({ images }) => images,
    () => new Map<string, string>(),
  );
}

function withImages(
  host: Host & pulumi.Resource,
  images: EngineFacts["images"],
  prefix?: string,
): OpenedHost {
  const image = localImages(images, host, prefix);
  return { host, image, filesImage: image(filesImage) };
}
