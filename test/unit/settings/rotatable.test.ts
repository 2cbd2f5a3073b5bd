import { describe, expect, it } from "vitest";
import { notRotatable, rotatable } from "../../../settings/rotatable.ts";
import { objectStore, postgres, redis, type SystemDefinition } from "../../../systems/define.ts";
import { systems } from "../../../systems/index.ts";

const sizes = { cpus: 1, memory: 256 };
const system: SystemDefinition = {
  name: "shop",
  network: "shop",
  pages: {},
  services: {
    db: postgres({ ...sizes, database: "shop", role: "shop" }),
    files: objectStore({ ...sizes, external: true, bucket: "files", client: "db" }),
    cache: redis(sizes),
    queue: {
      ...redis(sizes),
      kind: "queue",
      managedSecrets: { token: (name) => `${name} has one token`, key: () => "it is the vendor's" },
    },
  },
  volumes: { media: { keeps: "data", of: "cache", bucket: true }, plain: { keeps: "data", of: "cache" } },
};

function fixed(...names: string[]): Record<string, string> {
  const external = Object.fromEntries(names.map((name) => [name, "managed"]));
  return notRotatable({ system, external, handed: [], backup: {} });
}

const oneLogin = (name: string) =>
  `the vendor runs ${name} with one login, and another value would be refused to all who have this one`;

describe("what a vendor runs has secrets that the engine can't rotate", () => {
  it("named and explained by the definition of its kind", () => {
    expect(fixed("db")).toEqual({ "db-password": oneLogin("db") });
    expect(fixed("files")).toEqual({ "files-secret-key": oneLogin("files") });
    expect(fixed("queue")).toEqual({
      "queue-token": "queue has one token",
      "queue-key": "it is the vendor's",
    });
  });

  it("of a volume's bucket as of a store's", () => {
    expect(fixed("media")).toEqual({ "media-secret-key": oneLogin("media") });
  });

  it("and none where nothing is said of them, or somebody else runs it", () => {
    expect(fixed("cache", "plain", "nothing")).toEqual({});
    const external = { db: "postgres://u:p@db.example.org/shop", files: undefined };
    expect(notRotatable({ system, external, handed: [], backup: {} })).toEqual({});
  });

  it("which every service of a system has that a vendor may run", () => {
    const all = Object.values<SystemDefinition>(systems).flatMap(({ services }) => Object.values(services));
    const managed = all.filter(({ external }) => external?.managed === true);
    expect(managed.length).toBeGreaterThan(3);
    expect(managed.filter(({ managedSecrets = {} }) => Object.keys(managedSecrets).length === 0)).toEqual([]);
  });
});

describe("the login of what monitors a database", () => {
  const names = (watched: boolean, optional: Record<string, false>) =>
    rotatable({ system, watched, optional, secrets: {}, external: {}, superuser: "", backup: {} });

  it("rotates where Prometheus reads numbers", () => {
    expect(names(true, {})).toContain("db-monitoring-password");
    expect(names(true, { "db-exporter": false })).toContain("db-monitoring-password");
  });

  it("is no secret of a stack without, which makes none", () => {
    expect(names(false, {})).not.toContain("db-monitoring-password");
    expect(names(true, { prometheus: false })).not.toContain("db-monitoring-password");
  });
});
