import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { systemNames, type SystemName } from "../../systems/index.ts";
import { hostKinds, type HostKind } from "../../components/hosts/registry.ts";
import { stackOn } from "./anyStack.ts";
import { hostKey } from "./cloudSettings.ts";
import type { Graph, Registered } from "./harness.ts";
import { userDataOf } from "../tools/userData.ts";

/** One stack whose graph is on record. */
export interface Recorded {
  /** File below `graphs/`, without its ending. */
  name: string;
  graph: () => Promise<Graph>;
}

const kinds = hostKinds.map(({ name }) => name);

const superuser = { docsai: { superuser: "root" } } as const;

/** What settings can switch on in a system, beside what each does by itself. */
const variants: Record<string, { kind: HostKind; system: SystemName; config: Record<string, unknown> }> = {
  ...Object.fromEntries(
    systemNames.map((system) => [
      `local-${system}-monitored`,
      { kind: "local", system, config: { monitoring: true, ...(system === "docsai" && superuser.docsai) } },
    ]),
  ),
  "gce-arv-managed": {
    kind: "gce",
    system: "arv",
    config: { external: { postgres: "managed", minio: "managed" } },
  },
  "ec2-docsai-managed": { kind: "ec2", system: "docsai", config: { external: { postgres: "managed" } } },
  "local-arv-external": {
    kind: "local",
    system: "arv",
    config: {
      external: {
        postgres: "postgresql://arv:secret@db.example.org:5432/arv",
        minio: "https://key:secret@s3.example.org/content",
      },
    },
  },
  "local-loc8-least": {
    kind: "local",
    system: "loc8",
    config: { optional: { postgres: false, redis: false }, network: "other" },
  },
  "local-loc8-developed": {
    kind: "local",
    system: "loc8",
    config: { development: { backend: "/srv/backend", frontend: "/srv/frontend" } },
  },
  "local-docsai-developed": {
    kind: "local",
    system: "docsai",
    config: { development: { app: "/srv/documents" } },
  },
  "local-vru-folders": { kind: "local", system: "vru", config: { dataRoot: "/opt/elsewhere" } },
  "existing-attn-two": two("attn", ["face-recognition", "api-gateway"]),
  "existing-vru-two": two("vru", ["ml-engine"]),
  "existing-loc8-domain": { kind: "existing", system: "loc8", config: { domain: "app.example.org" } },
  "gce-vru-domain": {
    kind: "gce",
    system: "vru",
    config: { domain: "app.example.org", replicas: { "api-gateway": 3 } },
  },
};

function two(system: SystemName, services: readonly string[]) {
  const capacity = { cpus: 8, memory: 16384, gpus: 1 };
  return {
    kind: "existing" as const,
    system,
    config: {
      host: { privateAddress: "10.0.0.4" },
      hosts: { gpu: { address: "ops@203.0.113.31", hostKey, privateAddress: "10.0.0.5", capacity } },
      placement: Object.fromEntries(services.map((name) => [name, "gpu"])),
    },
  };
}

/** Every system on every kind of host as it comes, and what settings make of it. */
export const recorded: readonly Recorded[] = [
  ...kinds.flatMap((kind) =>
    systemNames.map((system) => ({ name: `${kind}-${system}`, graph: () => stackOn(kind, system) })),
  ),
  ...Object.entries(variants).map(([name, { kind, system, config }]) => ({
    name,
    graph: () => stackOn(kind, system, config),
  })),
];

/**
 * A graph as text, a line a resource: its URN, and a hash of what it is made of. Whoever wants to see what changed
 * behind a hash compares two of {@link details}.
 */
export function summary(graph: Graph): string {
  return lines(graph, (resource) => `${shortUrn(resource)} ${hash(facts(resource))}`);
}

/** A graph as text with all that {@link summary} hashes. */
export function details(graph: Graph): string {
  return lines(graph, (resource) => `${shortUrn(resource)} ${JSON.stringify(facts(resource), null, 1)}`);
}

function lines(graph: Graph, line: (resource: Registered) => string): string {
  return `${graph.resources.map(line).sort().join("\n")}\n`;
}

/** Without the stack and the project, which are the same everywhere. */
function shortUrn({ urn }: Registered): string {
  return urn.split("::").slice(2).join(" ");
}

function facts({ inputs, secrets, parent, options }: Registered): unknown {
  const { dependsOn, ...rest } = options;
  return portable({ inputs, secrets: secrets.toSorted(), parent, dependsOn: dependsOn.toSorted(), ...rest });
}

/** Keys in one order, no path of whoever runs this, and no hash of inputs, which stand beside it. */
function portable(value: unknown): unknown {
  if (typeof value === "string") return value.replace(home, "~");
  if (Array.isArray(value)) return value.map(portable);
  if (typeof value !== "object" || value === null) return value;
  if ("label" in value && (value.label === "berth.hash" || value.label === "berth.files")) return value.label;
  return Object.fromEntries(
    Object.entries(value as Record<string, unknown>)
      .filter(([, inner]) => inner !== undefined)
      // Another zlib compresses otherwise.
      .map(([key, inner]): [string, unknown] =>
        key === "userDataBase64" ? ["userData", userDataOf({ [key]: inner })] : [key, inner],
      )
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, portable(inner)]),
  );
}

/** Where a path begins with it, and nowhere else: `/root` is a name that others use too. */
const home = new RegExp(`(?<![\\w/])${homedir().replaceAll(/[.+]/g, "\\$&")}(?=/|$)`, "g");

function hash(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 12);
}
