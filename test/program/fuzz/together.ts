import fc from "fast-check";
import type { Kind } from "../../../components/hosts/kind.ts";
import { root } from "../../../cli/project.ts";
import { overrideSchema } from "../../../settings/override.ts";
import { applicationsOf } from "../../../settings/secrets.ts";
import { acmeSchema } from "../../../settings/tls.ts";
import { backupSchema } from "../../../settings/backup.ts";
import type { SystemDefinition } from "../../../systems/define.ts";
import { externals, placeable } from "../../../systems/facts.ts";
import { hostKey } from "../cloudSettings.ts";
import { marker } from "./pool.ts";
import { valuesOf, type Pool } from "./values.ts";

type Map = Record<string, unknown>;

/** Settings that need each other, which chance would hardly bring together; `host` is laid over the host's own. */
export type Together = { host?: Map } & Map;

/** The name of the machine beside the stack's own. */
export const second = "gpu";

export function together(
  { system, kind }: { system: SystemDefinition; kind: Kind },
  pool: Pool,
): fc.Arbitrary<Together> {
  const all = [
    names(pool),
    aliases,
    ownImage(system, pool),
    builtImage(system),
    fc.constant({ registry: { username: "robot", password: marker, mirror: "registry.example:5000" } }),
    backup(pool),
    ...(kind.beside === undefined ? [] : [placed(system, kind, pool), swarm(kind, pool)]),
    ...(kind.managed ? [managed(system), machines] : []),
  ];
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant({}) },
    ...all.map((arbitrary) => ({ weight: 1, arbitrary })),
  );
}

/** Public names with what is asked of certificates for them. */
function names(pool: Pool): fc.Arbitrary<Together> {
  const further = fc.subarray(["www.example.org", "a.example.org", "*.example.org"]);
  return fc
    .record({ further, serve: fc.boolean(), tls: fc.oneof(fc.constant(true), valuesOf(acmeSchema, pool)) })
    .map(({ further: others, serve, tls }) => ({
      domains: ["example.org", ...others.map((name) => (serve ? { name, serve } : name))],
      tls,
    }));
}

const aliases: fc.Arbitrary<Together> = fc
  .subarray(["www.example.org", "old.example.org"], { minLength: 1 })
  .map((others) => ({ domain: "example.org", aliases: others }));

/** An image of somebody's own, with what only such a one can be told. */
function ownImage(system: SystemDefinition, pool: Pool): fc.Arbitrary<Together> {
  const { shape } = overrideSchema;
  const may = fc.record({
    name: fc.constantFrom(...applicationsOf(system)),
    override: fc
      .subarray(Object.keys(shape), { minLength: 1 })
      .chain((keys) =>
        fc.record(
          Object.fromEntries(
            keys.map((key) => [key, valuesOf(shape[key as keyof typeof shape], pool)] as const),
          ),
        ),
      ),
  });
  return may.map(({ name, override }) => ({
    images: { [name]: "ghcr.io/acme/app:1" },
    override: { [name]: override },
  }));
}

/** One that is built of what is in the checkout. */
function builtImage(system: SystemDefinition): fc.Arbitrary<Together> {
  const build = fc.record(
    {
      build: fc.constant("images/front-end"),
      dockerfile: fc.constant("Dockerfile"),
      target: fc.constantFrom("final", "a-b"),
      args: fc.constant({ VERSION: "1", TEXT: "x; $host" }),
      platform: fc.constantFrom("linux/amd64", "linux/arm64/v8"),
      secrets: fc.constant({ npm: `${root}/package.json` }),
      push: fc.constant("ghcr.io/acme/app"),
    },
    { requiredKeys: ["build"] },
  );
  return fc
    .record({ name: fc.constantFrom(...applicationsOf(system)), image: build })
    .map(({ name, image }) => ({ images: { [name]: image } }));
}

function backup(pool: Pool): fc.Arbitrary<Together> {
  const targets = fc.constantFrom(
    { to: "s3:https://s3.example/bucket/path", accessKey: marker, secretKey: marker },
    {
      to: "gs:bucket:/path",
      secretKey: JSON.stringify({ private_key: marker, client_email: "a@example.org" }),
    },
    { to: "/mnt/nas/shop" },
  );
  return fc
    .record({ target: targets, more: valuesOf(backupSchema, pool) as fc.Arbitrary<Map> })
    .map(({ target, more: { password, schedule, keep, drill, beforeMigration } }) => ({
      backup: { ...given({ password, schedule, keep, drill, beforeMigration }), ...target },
    }));
}

/** What a machine beside the stack's own says, by the kind of host. */
const beside: Readonly<Record<string, Map>> = {
  existing: {
    address: "ops@203.0.113.31",
    hostKey,
    privateAddress: "10.0.0.6",
    capacity: { cpus: 8, memory: 16384, gpus: 1 },
  },
  gce: { gpu: "nvidia-l4" },
  ec2: { instanceType: "g4dn.xlarge" },
};

/** On the network that the machines share. */
const first: Readonly<Record<string, Map>> = { existing: { privateAddress: "10.0.0.5" } };

function placed(system: SystemDefinition, kind: Kind, pool: Pool): fc.Arbitrary<Together> {
  const some = fc.subarray(placeable(system), { minLength: Math.min(1, placeable(system).length) });
  return fc.record({ some, one: two(kind, pool) }).map(({ some: names, one }) => ({
    ...one,
    placement: Object.fromEntries(names.map((name) => [name, second])),
  }));
}

function swarm(kind: Kind, pool: Pool): fc.Arbitrary<Together> {
  const how = fc.constantFrom(true, { encrypted: false }, { mtu: 1400 }, { encrypted: true, mtu: 9001 });
  return fc.record({ how, one: two(kind, pool) }).map(({ how: means, one }) => ({ ...one, swarm: means }));
}

/** The stack's own machine and one beside it, of which something else is said too. */
function two({ name, schema }: Kind, pool: Pool): fc.Arbitrary<Together> {
  const more = fc.oneof(fc.constant({}), valuesOf(schema, pool) as fc.Arbitrary<Map>);
  return more.map((one) => ({
    host: first[name] ?? {},
    hosts: { [second]: { ...one, kind: name, ...beside[name] } },
  }));
}

/** A number of machines of one vendor's, as one swarm. */
const machines: fc.Arbitrary<Together> = fc
  .record({ machines: fc.constantFrom(2, 3), loadBalancer: fc.boolean() })
  .map((host) => ({ host }));

function managed(system: SystemDefinition): fc.Arbitrary<Together> {
  return fc
    .subarray(Object.keys(externals(system, false)), { minLength: 1 })
    .map((some) => ({ external: Object.fromEntries(some.map((name) => [name, "managed"])) }));
}

function given(values: Map): Map {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
