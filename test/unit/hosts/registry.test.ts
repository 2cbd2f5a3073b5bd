import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build, type Metafile } from "esbuild";
import { test } from "vitest";
import * as z from "zod";
import { explainCloudError } from "../../../components/hosts/explain.ts";
import { defaultKind } from "../../../components/hosts/defaultKind.ts";
import type { Capacity } from "../../../components/containers/host.ts";
import type { FoundBeside, FoundHost, Kind, PortsBetween } from "../../../components/hosts/kind.ts";
import { LocalHost } from "../../../components/hosts/local/local.ts";
import { hostKinds, kindNamed, kindsWith } from "../../../components/hosts/registry.ts";
import { oneOf, text, wholeNumber } from "../../../lib/rules.ts";
import { strict } from "../../../lib/strict.ts";
import { filesImage } from "../../../services/proxy/definition.ts";
import { parseSettings, SettingsError, type Settings } from "../../../settings.ts";
import { dataRootOf } from "../../../settings/dataRoot.ts";
import { findHost } from "../../../stack/hosts.ts";
import { buildStack } from "../../../stack/stack.ts";
import { rowsOf } from "../../../systems/facts.ts";
import { systems } from "../../../systems/index.ts";
import { runProgram } from "../../program/harness.ts";

const root = join(import.meta.dirname, "../../..");

const sizes: Record<string, Capacity> = {
  small: { cpus: 8, memory: 16384, gpus: 0 },
  gpu: { cpus: 8, memory: 16384, gpus: 1 },
};

const schema = strict({
  kind: oneOf(["shed"]),
  site: text,
  size: oneOf(["small", "gpu"]).default("small"),
  rack: wholeNumber(1, 9).optional(),
  dns: text.optional(),
});

/** Ports that were opened between machines, by the name of the one beside. */
const opened: Record<string, PortsBetween> = {};

/** A kind that nothing but this file knows: machines in a shed, with a Docker Engine each. */
const shed = {
  name: "shed",
  schema,
  plugins: [],
  managed: true,
  beside: {
    particular: ["size", "rack", "dns"],
    same: ["site"],
    public: ["dns"],
    needed: { rack: "must be its place in the shed, such as 3" },
    problems: (host, one) => (host.rack === one.rack ? [["rack", "must be a place of its own"]] : []),
  },
  dataRoot: (system, stack) => `/shed/${stack}/${system}`,
  explanations: [[/gate jammed at (\w+)/, (site) => `host.site: must be open, got "${site ?? ""}"`]],
  async find({ host, hosts, engine }): Promise<FoundHost> {
    const facts = await engine;
    const machine = (
      name: string,
      { size }: z.output<typeof schema>,
      onOpen?: (ports: PortsBetween) => void,
    ) => ({
      capacity: sizes[size] ?? facts.capacity,
      open: (_first?: unknown, ports: PortsBetween = { there: [], back: [] }) => {
        onOpen?.(ports);
        const dockerHost = `tcp://${name}.shed:2375`;
        return new LocalHost(name, {
          engine: { ...facts, capacity: sizes[size] ?? facts.capacity },
          dockerHost,
        });
      },
    });
    const beside = Object.entries(hosts).map(([name, one]): [string, FoundBeside] => [
      name,
      machine(name, one, (ports) => (opened[name] = ports)),
    ]);
    const { capacity, open } = machine(host.kind, host);
    return { capacity, open: () => open(), beside: Object.fromEntries(beside) };
  },
} as const satisfies Kind<z.output<typeof schema>>;

const kinds: readonly Kind[] = [...hostKinds, shed];
const names = kinds.map(({ name }) => name);

function parse(config: Record<string, unknown>): Settings {
  return parseSettings({ system: "vru", ...config }, undefined, kinds);
}

function problemsOf(config: Record<string, unknown>): readonly string[] {
  try {
    parse(config);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

const host = { kind: "shed", site: "north", rack: 1 };
const hosts = { gpu: { size: "gpu", rack: 2 } };
const placement = { "ml-engine": "gpu" };

test("a kind's own settings are checked, and completed for the machines beside", () => {
  const settings = parse({ host, hosts, placement });
  assert.deepEqual(settings.host, { ...host, size: "small" });
  assert.deepEqual(settings.hosts, { gpu: { kind: "shed", site: "north", size: "gpu", rack: 2 } });
  assert.equal(settings.hostKind, shed);
});

const refused: Record<string, [config: Record<string, unknown>, problems: string[]]> = {
  "a kind that nobody knows": [
    { host: { kind: "barn" } },
    [`host.kind: must be one of ${names.join(", ")}, got "barn"`],
  ],
  "what the kind's schema refuses, once for all machines": [
    { host: { ...host, site: ["7"] }, hosts, placement },
    ['host.site: must be text, got ["7"]'],
  ],
  "a key that another kind has": [
    { host: { ...host, port: 8080 } },
    ["host.port: unknown key; known: kind, site, size, rack, dns"],
  ],
  "a machine of a kind's name": [
    { host, hosts: { shed: hosts.gpu }, placement: { "ml-engine": "shed" } },
    [
      `hosts.shed: must be a name of lower-case letters, digits and dashes, at most 19, and not sg-… or ${names.join(", ")}`,
    ],
  ],
  "what machines beside each other have to be": [
    { host: { ...host, rack: undefined }, hosts: { gpu: { site: "south", dns: "gpu" } }, placement },
    [
      "host.rack: must be its place in the shed, such as 3, got nothing",
      "hosts.gpu.rack: must be its place in the shed, such as 3, got nothing",
      'hosts.gpu.site: must be "north", as host.site is, got "south"',
      "hosts.gpu.rack: must be a place of its own, got nothing",
      `hosts.gpu.dns: must be left out: the public comes in at the stack's own machine, got "gpu"`,
    ],
  ],
  "others beside a kind that is one machine, which tells of the new one": [
    { host: { kind: "local" }, hosts: { gpu: { kind: "local" } } },
    [
      `hosts: must be left out on host kind local, which is one machine; hosts of kind ${kindsWith(({ beside }) => beside !== undefined, kinds)} can have others beside them, got {"gpu":{"kind":"local"}}`,
    ],
  ],
  "a managed database where no vendor is, which tells of the new one": [
    { system: "arv", external: { postgres: "managed" } },
    [
      `external.postgres: must be "postgresql://user:password@host:5432/database", or have host.kind ${kindsWith(({ managed }) => managed, kinds, "or")} for one that is managed, got "managed"`,
    ],
  ],
};

for (const [what, [config, problems]] of Object.entries(refused)) {
  test(`refuses ${what}`, () => {
    assert.deepEqual(problemsOf(config), problems);
  });
}

test("a kind with a vendor may have a database managed", () => {
  assert.deepEqual(parse({ system: "arv", host, external: { postgres: "managed" } }).external, {
    postgres: "managed",
  });
});

test("data is where the kind says, unless settings say where", () => {
  assert.equal(dataRootOf(parse({ host }), "prod"), "/shed/prod/vru");
  assert.equal(dataRootOf(parse({ host, dataRoot: "/data" }), "prod"), "/data");
  assert.equal(
    dataRootOf({ ...parse({ host }), hostKind: { ...shed, dataRoot: undefined } }, "prod"),
    "/opt/vru-platform",
  );
});

test("a vendor's error is explained by its kind", () => {
  assert.equal(
    explainCloudError("error: gate jammed at north", kinds),
    'host.site: must be open, got "north"',
  );
  assert.equal(explainCloudError("error: gate jammed at north"), undefined);
});

test("a whole system is built on it, with a service on a machine beside", async () => {
  const settings = parse({ host, hosts, placement });
  const images = Object.values(rowsOf(systems.vru)).map(({ image }) => image);
  const engine = {
    id: "engine",
    version: "28.0.0",
    capacity: { cpus: 1, memory: 1024, gpus: 0 },
    images: new Map([filesImage, ...images].map((image) => [image, `sha256:${"0".repeat(64)}`])),
  };
  const program = async () =>
    buildStack(settings, await findHost(settings, () => Promise.resolve(engine), new Map()));
  const graph = await runProgram(program, { stack: "prod", preview: true });
  const provider = ({ host: address }: Record<string, unknown>) => address;
  assert.deepEqual(
    graph.ofType("pulumi:providers:docker").map(({ name, inputs }) => [name, provider(inputs)]),
    [
      ["shed", "tcp://shed.shed:2375"],
      ["gpu", "tcp://gpu.shed:2375"],
    ],
  );
  const beside = graph.the("pulumi:providers:docker", "gpu");
  const there = graph
    .ofType("docker:index/container:Container")
    .filter(({ options }) => options.provider === `${beside.urn}::gpu-id`)
    .map(({ name }) => name);
  assert.ok(
    there.some((name) => name.startsWith("ml-engine")),
    there.join(),
  );
  assert.deepEqual(opened, { gpu: { there: [8001], back: [6379] } });
});

test("kinds are found by name, and told of in a sentence", () => {
  assert.equal(kindNamed("shed", kinds), shed);
  assert.equal(kindNamed("shed"), undefined);
  assert.equal(kindNamed(undefined), undefined);
  const named = (...wanted: string[]) => kindsWith(({ name }) => wanted.includes(name), kinds);
  assert.deepEqual(
    [named(), named("gce"), named("gce", "shed"), named("local", "gce", "shed")],
    ["", "gce", "gce and shed", "local, gce and shed"],
  );
});

test("each kind's folder is called what settings call it", () => {
  const folders = readdirSync(join(root, "components/hosts"), { withFileTypes: true });
  const withKind = folders
    .filter((entry) => entry.isDirectory())
    .filter(({ name }) => readdirSync(join(root, "components/hosts", name)).includes("kind.ts"))
    .map(({ name }) => name);
  assert.deepEqual(withKind.toSorted(), hostKinds.map(({ name }) => name).toSorted());
});

/** Every file of ours that runs, below these. */
const places = [
  ...["cli", "components", "lib", "policy", "services", "settings", "settings.ts"],
  ...["stack", "systems", "toolchain", "bench", "index.ts"],
];

test("outside its own folder no kind is known by its name, but for the default's in defaultKind.ts", () => {
  const others = hostKinds.map(({ name }) => name).filter((name) => name !== defaultKind);
  const literal = new RegExp(`(["'\`])(?:${others.join("|")})\\1`);
  const own = /^components\/hosts\/\w+\//;
  const found = places
    .flatMap(filesIn)
    .filter((file) => !own.test(file) && literal.test(readFileSync(join(root, file), "utf8")));
  assert.deepEqual(found, []);
});

test("the default kind's name is a word that others use too, for other things", () => {
  const found = places
    .flatMap(filesIn)
    .filter((file) => readFileSync(join(root, file), "utf8").includes('"local"'));
  assert.deepEqual(
    found.toSorted(),
    [
      // Docker's logging driver.
      "bench/rotate.ts",
      "components/containers/containerSpec.ts",
      "components/containers/logDrivers.ts",
      // Where it is said once.
      "components/hosts/defaultKind.ts",
      // Settings of that kind, an example and what it calls itself.
      "components/hosts/local/local.ts",
      "components/hosts/local/settings.ts",
      // The logging driver again, for all of a machine's containers.
      "components/machine/daemonSettings.ts",
      // An example.
      "components/containers/network.ts",
      // Docker's volume driver.
      "cli/docker/volumeFiles.ts",
      "components/containers/swarmSpec.ts",
      "policy/rules/dataDisk.ts",
      // GOTOOLCHAIN.
      "toolchain/go.ts",
    ].toSorted(),
  );
});

test("to ask for a kind's facts loads no SDK", async () => {
  const { metafile } = await build({
    entryPoints: [join(root, "components/hosts/registry.ts")],
    absWorkingDir: root,
    bundle: true,
    metafile: true,
    write: false,
    platform: "node",
    format: "esm",
    logLevel: "error",
    external: ["@pulumi/*", "dockerode"],
  });
  const loaded = loadedBy("components/hosts/registry.ts", metafile);
  // A class of error, without what it is part of.
  const light = "@pulumi/pulumi/errors.js";
  assert.deepEqual(
    [...loaded].filter((path) => /@pulumi|dockerode/.test(path)),
    [light],
  );
});

/** All that is loaded together with a file. */
function loadedBy(file: string, { inputs }: Metafile, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const { path, kind } of inputs[file]?.imports ?? []) {
    if (kind !== "dynamic-import") loadedBy(path, { inputs } as Metafile, seen);
  }
  return seen;
}

function filesIn(path: string): string[] {
  if (/\.m?ts$|\.mjs$/.test(path)) return [path];
  return readdirSync(join(root, path), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(?:ts|mjs)$/.test(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1));
}
