import assert from "node:assert/strict";
import { test } from "vitest";
import { rules } from "../../policy/rules.ts";
import { parseSettings } from "../../settings.ts";
import { buildStack } from "../../stack/stack.ts";
import { postgres, type SystemDefinition } from "../../systems/define.ts";
import { loc8 } from "../../systems/loc8.ts";
import { runProgram, type Graph, type Registered } from "./harness.ts";
import { laptop, localStack } from "./localStack.ts";
import { resticImage } from "../../services/backup/definition.ts";

const containerType = "docker:index/container:Container";

/** A laptop that has restic too. */
const here = () => laptop(undefined, [], [resticImage]);

const folder = { to: "/mnt/nas" };
const bucket = {
  to: "s3:https://s3.example.org/bucket/shop",
  accessKey: "AKIAKEY",
  secretKey: "hidden-secret",
};

function stack(system: string, config: Record<string, unknown> = {}): Promise<Graph> {
  return localStack({ system, backup: folder, ...config }, here());
}

function mounts({ inputs }: Registered): string[] {
  return (inputs.mounts as { source: string; target: string; readOnly: boolean }[])
    .map(({ source, target, readOnly }) => `${readOnly ? "ro" : "rw"} ${source} ${target}`)
    .filter((line) => / \/(?:backup|run\/berth-databases)\//.test(line))
    .sort();
}

function variables({ inputs }: Registered): Record<string, string> {
  return Object.fromEntries(
    (inputs.envs as string[]).map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
  );
}

const container = (graph: Graph) => graph.the(containerType, "backup");

test.each([
  ["docsai", ["ro dev-media /backup/volumes/media", "ro dev-postgres-socket /run/berth-databases/postgres"]],
  ["loc8", ["ro dev-postgres-socket /run/berth-databases/postgres"]],
  ["attn", ["ro dev-attn_postgres-socket /run/berth-databases/attn_postgres"]],
  [
    "arv",
    [
      "ro dev-content /backup/volumes/content",
      "ro dev-minio-data /backup/volumes/minio-data",
      "ro dev-postgres-socket /run/berth-databases/postgres",
    ],
  ],
])("%s: all that it keeps is read, and nothing of it can be written", async (system, data) => {
  const graph = await stack(system);
  assert.deepEqual(mounts(container(graph)), ["rw /mnt/nas /backup/target", ...data].sort());
});

test("vru: folders of the machine are read as volumes are, and the place of its dumps isn't", async () => {
  const graph = await stack("vru", { dataRoot: "/srv/vru" });
  assert.deepEqual(
    mounts(container(graph)),
    [
      "rw /mnt/nas /backup/target",
      "ro /srv/vru/models /backup/volumes/models",
      "ro dev-postgres-socket /run/berth-databases/postgres",
    ].sort(),
  );
});

test("an owner's volumes are kept too", async () => {
  const graph = await stack("loc8", { volumes: { backend: { data: "/app/data" } } });
  assert.ok(mounts(container(graph)).includes("ro dev-backend-data /backup/volumes/backend-data"));
});

test("it has root's power to read and no other, to write where its target is a folder, and to try by another user", async () => {
  const capabilities = async (backup: object) =>
    container(await stack("docsai", { backup })).inputs.capabilities;
  const drill = "off";
  assert.deepEqual(await capabilities({ ...bucket, drill }), {
    drops: ["ALL"],
    adds: ["CAP_DAC_READ_SEARCH"],
  });
  assert.deepEqual(await capabilities({ ...folder, drill }), { drops: ["ALL"], adds: ["CAP_DAC_OVERRIDE"] });
  assert.deepEqual(await capabilities(bucket), {
    drops: ["ALL"],
    adds: ["CAP_DAC_READ_SEARCH", "CAP_SETGID", "CAP_SETUID"],
  });
});

test("no rule of the policy pack refuses it, and two show it", async () => {
  const { name, inputs } = container(await stack("docsai", { backup: bucket }));
  const resource = {
    type: containerType,
    name,
    protect: false,
    props: { ...inputs, image: `sha256:${"a".repeat(64)}` },
  };
  const found = rules.filter(({ violations }) => violations(resource, [resource]).length > 0);
  assert.deepEqual(
    found.map(({ name: rule, level }) => `${rule} ${level}`),
    ["allowed-root advisory", "loosened advisory"],
  );
});

test("keys and password are files alone", async () => {
  const password = "correct-horse-battery";
  const graph = await stack("docsai", { backup: { ...bucket, password } });
  assert.doesNotMatch(JSON.stringify(container(graph).inputs), /AKIAKEY|hidden-secret|correct-horse/);
  const uploads = graph.the(containerType, "backup-files").inputs.uploads as {
    file: string;
    content: string;
  }[];
  assert.deepEqual(
    uploads.map(({ file }) => file.slice(file.lastIndexOf("/") + 1)),
    ["", ".berth", "backup.sh", "password", "credentials", "pg_service.conf"],
  );
  assert.equal(variables(container(graph)).RESTIC_PASSWORD_FILE, "/etc/berth/password");
  assert.equal(variables(container(graph)).RESTIC_REPOSITORY, bucket.to);
});

test("a password is made and kept where none is given, and told among the secrets", async () => {
  const graph = await stack("docsai");
  const made = graph.the("random:index/randomPassword:RandomPassword", "backup-password");
  assert.equal(made.options.protect, true);
  assert.ok("backups, password" in (graph.outputs.secrets as object));
});

const secretFile = (graph: Graph, name: string) => {
  const uploads = graph.the(containerType, "backup-files").inputs.uploads as {
    file: string;
    content: string;
  }[];
  return uploads.find(({ file }) => file.endsWith(`/${name}`))?.content;
};

test("somebody else's database is dumped with its own login", async () => {
  const external = {
    postgres: "postgresql://shop:p%3Aw@db.example.org:5433/shop?sslmode=require&connect_timeout=3",
  };
  const graph = await stack("loc8", { external });
  const { BACKUP_SERVERS, PGSERVICEFILE } = variables(container(graph));
  assert.deepEqual([BACKUP_SERVERS, PGSERVICEFILE], ["postgres:one", "/etc/berth/pg_service.conf"]);
  assert.equal(
    secretFile(graph, "pg_service.conf"),
    `[postgres]
sslmode=require
connect_timeout=3
host=db.example.org
port=5433
user=shop
dbname=shop
passfile=/etc/berth/pgpass-postgres
`,
  );
  assert.equal(secretFile(graph, "pgpass-postgres"), "*:*:*:*:p\\:w\n");
});

test("a database at a socket of the machine is dumped there", async () => {
  const external = { postgres: "postgresql:///places?host=/srv/sockets&user=owner" };
  const graph = await stack("docsai", { external });
  assert.match(
    secretFile(graph, "pg_service.conf") ?? "",
    /^host=\/srv\/sockets\nport=5432\nuser=owner\ndbname=places$/m,
  );
  const { mounts: all } = container(graph).inputs as { mounts: { source: string; target: string }[] };
  assert.ok(all.some(({ source, target }) => source === "/srv/sockets" && target === "/srv/sockets"));
});

test("each PostgreSQL of a system is dumped, ours and another's, by the newest of their images", async () => {
  const more = postgres({ cpus: 1, memory: 256, database: "more", role: "more" });
  const system: SystemDefinition = {
    ...loc8,
    services: {
      ...loc8.services,
      billing: { ...more, image: "postgres:17" },
      reports: more,
    },
  };
  const external = { reports: "postgresql://ada:word@db.example.org/reports" };
  const settings = parseSettings({ system: "loc8", backup: folder, external }, system);
  const host = laptop(undefined, [], [resticImage, "postgres:17"]);
  const graph = await runProgram(() => buildStack(settings, host), { stack: "dev" });
  const backup = container(graph);
  assert.equal(variables(backup).BACKUP_SERVERS, "postgres:all billing:all reports:one");
  assert.equal(backup.inputs.image, "sha256:postgres:17");
  assert.match(
    secretFile(graph, "pg_service.conf") ?? "",
    /^\[postgres\]\nhost=\/run\/berth-databases\/postgres\nuser=postgres\n\n\[billing\]\nhost=\/run\/berth-databases\/billing\nuser=postgres\n\n\[reports\]\n/,
  );
  assert.ok(mounts(backup).includes("ro dev-billing-socket /run/berth-databases/billing"));
});

test("a volume whose files are in a bucket isn't kept, nor what is on its way there", async () => {
  const external = { media: "https://KEY:secret@s3.example.org/documents" };
  const graph = await stack("docsai", { external });
  assert.deepEqual(mounts(container(graph)), [
    "ro dev-postgres-socket /run/berth-databases/postgres",
    "rw /mnt/nas /backup/target",
  ]);
});

test("the last backup is watched where the system is", async () => {
  const graph = await stack("vru", { dataRoot: "/srv/vru" });
  const uploads = graph.the(containerType, "prometheus-files").inputs.uploads as {
    file: string;
    content: string;
  }[];
  const { content = "" } = uploads.find(({ file }) => file.endsWith("/prometheus.yml")) ?? {};
  assert.match(
    content,
    /job_name: backup\n +metrics_path: \/metrics.txt\n +static_configs:\n +- targets:\n +- backup:9199\n/,
  );
});

test("nothing of it is there where no target is named", async () => {
  const graph = await localStack({ system: "docsai" }, here());
  assert.deepEqual(
    graph.resources.filter(({ name }) => name.startsWith("backup")),
    [],
  );
});

test("a migration waits for a backup, once for each image, and doesn't where settings say so", async () => {
  const graph = await stack("docsai");
  const job = graph.the(containerType, "backup-app-migration");
  assert.deepEqual(job.inputs.command, ["before"]);
  assert.equal(variables(job).BACKUP_BEFORE, "sha256:berth/reference-app:1");
  assert.ok(
    graph.resources.indexOf(job) < graph.resources.indexOf(graph.the(containerType, "app-migration")),
  );
  assert.deepEqual(mounts(job), mounts(container(graph)));
  const without = await stack("docsai", { backup: { ...folder, beforeMigration: false } });
  assert.deepEqual(
    without.ofType(containerType).filter(({ name }) => name.startsWith("backup-app")),
    [],
  );
});

test("it waits for its databases, and so stays as it is where the image of one is refused", async () => {
  const { dependsOn } = container(await stack("loc8")).options;
  assert.ok(
    dependsOn.some((urn) => urn.endsWith("::postgres-provision")),
    dependsOn.join(" "),
  );
});

test("a migration of an owner's image waits for one too", async () => {
  const jobs = { backend: { migrate: ["./manage", "migrate"] } };
  const graph = await stack("loc8", { jobs });
  assert.equal(graph.the(containerType, "backup-backend-migrate").inputs.mustRun, false);
});
