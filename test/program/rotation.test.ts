import assert from "node:assert/strict";
import { test } from "vitest";
import { filesPrint } from "../../components/containers/filesPrint.ts";
import { resticImage } from "../../services/backup/definition.ts";
import { parseSettings } from "../../settings.ts";
import { buildStack } from "../../stack/stack.ts";
import { systemNames, type SystemName } from "../../systems/index.ts";
import { least, stackOn } from "./anyStack.ts";
import { runProgram, type Graph } from "./harness.ts";
import { laptop } from "./localStack.ts";

const containerType = "docker:index/container:Container";
const passwordType = "random:index/randomPassword:RandomPassword";
const attn = { system: "attn" };
const rotated = {
  system: "attn",
  rotate: { "attn_postgres-password": 2, "attn_postgres-superuser-password": 3, "attn_redis-password": 3 },
};

/** Each password is its resource's own name. */
function graphOf(config: Record<string, unknown>): Promise<Graph> {
  const outputs = ({ type, name }: { type: string; name: string }) =>
    type === passwordType ? { result: name } : {};
  return runProgram(() => buildStack(parseSettings(config), laptop(undefined, [], [resticImage])), {
    stack: "dev",
    outputs,
  });
}

function passwords(graph: Graph): string[] {
  return graph.ofType(passwordType).map(({ name }) => name);
}

function files(graph: Graph, carrier: string): Record<string, string> {
  const uploads = graph.the(containerType, carrier).inputs.uploads as { file: string; content: string }[];
  return Object.fromEntries(uploads.map(({ file, content }) => [file.split("/").at(-1) ?? "", content]));
}

function mountsOf(graph: Graph, carrier: string): { source: string; target: string }[] {
  return graph.the(containerType, carrier).inputs.mounts as { source: string; target: string }[];
}

function inputs(graph: Graph, container: string): string {
  return JSON.stringify(graph.the(containerType, container).inputs);
}

test("a counter of one is as none: the same resources with the same inputs", async () => {
  const [plain, one] = [
    await graphOf(attn),
    await graphOf({ ...attn, rotate: { "attn_postgres-password": 1, "attn_redis-password": 1 } }),
  ];
  const known = ({ resources }: Graph) => new Map(resources.map(({ urn, inputs: given }) => [urn, given]));
  assert.deepEqual(known(one), known(plain));
});

test("each generation is a password of its own beside the former ones, kept as they are", async () => {
  const graph = await graphOf(rotated);
  assert.deepEqual(passwords(graph).sort(), [
    "attn_postgres-password",
    "attn_postgres-password.2",
    "attn_postgres-superuser-password",
    "attn_postgres-superuser-password.2",
    "attn_postgres-superuser-password.3",
    "attn_redis-password",
    "attn_redis-password.2",
    "attn_redis-password.3",
  ]);
  assert.ok(graph.ofType(passwordType).every(({ options }) => options.protect === true));
});

test("neither store's container is made anew", async () => {
  const [plain, graph] = [await graphOf(attn), await graphOf(rotated)];
  for (const store of ["attn_postgres", "attn_redis"])
    assert.equal(inputs(graph, store), inputs(plain, store), store);
});

test("applications are handed the newest login and the newest password", async () => {
  const graph = await graphOf(rotated);
  const { database_url: database = "", redis_url: redis = "" } = files(graph, "attn_backend_api-files");
  assert.match(database, /^postgresql:\/\/attn_2:attn_postgres-password.2@attn_postgres:5432\/attn$/);
  assert.equal(redis, "redis://:attn_redis-password.3@attn_redis:6379/0");
});

test("a Redis that starts anew takes every password until the last step, which leaves its files the newest alone", async () => {
  const graph = await graphOf(rotated);
  const [before, last] = [files(graph, "attn_redis-files"), files(graph, "attn_redis-retire-files")];
  assert.match(
    before["redis.conf"] ?? "",
    /^user default on ~\* &\* \+@all >attn_redis-password.3 >attn_redis-password.2 >attn_redis-password$/m,
  );
  assert.equal(before.password, "attn_redis-password.2", "health asks with what the running server takes");
  assert.match(last["redis.conf"] ?? "", /^requirepass attn_redis-password.3$/m);
  assert.doesNotMatch(last["redis.conf"] ?? "", /^user /m);
  assert.equal(last.password, "attn_redis-password.3");
  assert.equal(
    files(graph, "attn_redis-accept-files").change,
    "ACL SETUSER default >attn_redis-password.3 >attn_redis-password.2\n",
  );
  const [mounted] = mountsOf(graph, "attn_redis-files").filter(({ target }) => target === "/berth/files");
  const [written] = mountsOf(graph, "attn_redis-retire-files").filter(
    ({ target }) => target === "/berth/alone",
  );
  assert.ok(mounted?.source);
  assert.equal(written?.source, mounted.source);
});

test("each carrier says in the clear what its volumes of files hold after it, and nothing of a volume of data", async () => {
  const graph = await graphOf(rotated);
  const labelOf = (carrier: string): unknown => {
    const { inputs: given, secrets } = graph.the(containerType, carrier);
    assert.ok(!secrets.some((path) => path.startsWith("labels")), carrier);
    const all = given.labels as { label: string; value: string }[];
    return JSON.parse(all.find(({ label }) => label === "berth.files")?.value ?? "");
  };
  const printed = (carrier: string, load: string) => {
    const uploads = graph.the(containerType, carrier).inputs.uploads as Record<string, string>[];
    const own = uploads.filter(({ file = "" }) => file.startsWith(`/berth/${load}/`));
    return filesPrint(
      own.map(({ file = "", content = "", owner = "", group = "" }) => ({
        ...{ name: file.split("/").at(-1) ?? "", content, owner: `${owner}:${group}` },
      })),
    );
  };
  assert.deepEqual(labelOf("attn_redis-files"), { files: printed("attn_redis-files", "files") });
  const retire = "attn_redis-retire-files";
  assert.deepEqual(labelOf(retire), { files: printed(retire, "files"), alone: printed(retire, "alone") });
  assert.notDeepEqual(printed(retire, "alone"), printed("attn_redis-files", "files"));
});

test.each([
  [rotated, ["attn_postgres-retire", "attn_redis-retire"]],
  [{ system: "arv", rotate: { "minio-secret-key": 2 } }, ["minio-retire"]],
])(
  "the last step of all waits for the whole system, and what stands before applications for none of it",
  async (config, steps) => {
    const graph = await graphOf(config);
    const system = graph.resources.find(({ name }) => name === config.system);
    const beneath = graph.resources.filter(
      (one) => one.custom && graph.parents(one).some(({ urn }) => urn === system?.urn),
    );
    for (const step of steps) {
      const { options } = graph.the(containerType, step);
      const waits = new Set(options.dependsOn);
      assert.deepEqual(
        beneath.filter(({ urn }) => !waits.has(urn)).map(({ name }) => name),
        [],
        step,
      );
    }
  },
);

test("the database ends a login within a minute, or when the stop of a slower application and ten seconds are over", async () => {
  const slow = { attn_backend_api: { graceSeconds: 600 } };
  const [plain, graph] = [await graphOf(rotated), await graphOf({ ...rotated, override: slow })];
  const seconds = (each: Graph) =>
    /interval '(\d+) seconds'/.exec(files(each, "attn_postgres-retire-files")["expire.sql"] ?? "")?.[1];
  assert.equal(seconds(plain), "60");
  assert.equal(seconds(graph), "610");
});

test("an object store's user and administrator have other keys without another container of the store", async () => {
  const arv = { system: "arv" };
  const rotate = { "minio-secret-key": 3, "minio-root-password": 2 };
  const [plain, graph] = [await graphOf(arv), await graphOf({ ...arv, rotate })];
  assert.equal(inputs(graph, "minio"), inputs(plain, "minio"));
  const { uploads } = graph.the(containerType, "minio-files").inputs;
  const found = new Map(
    (uploads as { file: string; content: string }[]).map(({ file, content }) => [file, content]),
  );
  assert.equal(found.get("/berth/files/root_password"), "minio-root-password.2");
  assert.equal(found.get("/berth/files/access_key"), "berth-arv-3");
  assert.match(
    found.get("/berth/client/root.conf") ?? "",
    /^user = "berth-arv-root:minio-root-password.2"$/m,
  );
  assert.match(
    found.get("/berth/client/former-root-1.conf") ?? "",
    /^user = "berth-arv-root:minio-root-password"$/m,
  );
  assert.match(found.get("/berth/client/user.conf") ?? "", /^user = "berth-arv-3:minio-secret-key.3"$/m);
  const handed = files(graph, "app-files");
  assert.deepEqual([handed.s3_access_key, handed.s3_secret_key], ["berth-arv-3", "minio-secret-key.3"]);
  assert.match(inputs(graph, "minio-retire"), /for each in berth-arv berth-arv-2; do/);
  assert.equal(
    (await graphOf({ ...arv, rotate: { "minio-root-password": 2 } })).resources.some(
      ({ name }) => name === "minio-retire",
    ),
    false,
  );
});

test("a later value has no name that another secret's first one has", async () => {
  const secrets = { backend: { API_KEY: "generate", API_KEY_2: "generate" } };
  const graph = await graphOf({ system: "loc8", secrets, rotate: { "backend-api-key": 2 } });
  const own = passwords(graph).filter((name) => name.startsWith("backend-"));
  assert.deepEqual(own.sort(), ["backend-api-key", "backend-api-key-2", "backend-api-key.2"]);
});

test("what monitors a database logs in with its own password, which is rotated in its place", async () => {
  const rotate = { "attn_postgres-monitoring-password": 2, "grafana-password": 2 };
  const graph = await graphOf({ ...attn, monitoring: true, rotate });
  assert.match(
    files(graph, "postgres-exporter-files").password ?? "",
    /^attn_postgres-monitoring-password.2$/,
  );
  assert.match(files(graph, "grafana-files").admin_password ?? "", /^grafana-password.2$/);
  assert.equal(
    graph.resources.some(({ name }) => name.endsWith("-retire")),
    false,
  );
});

test("Django is handed the key before beside the new one; another secret's former value goes to nobody", async () => {
  const secrets = { app: { OWN_KEY: "generate" } };
  const rotate = { "app-secret-key": 2, "app-own-key": 2 };
  const graph = await graphOf({ system: "docsai", secrets, rotate });
  const handed = files(graph, "app-files");
  assert.equal(handed.secret_key, "app-secret-key.2");
  assert.equal(handed.secret_key_fallbacks, "app-secret-key");
  assert.equal(handed.own_key, "app-own-key.2");
  assert.equal(Object.keys(handed).includes("own_key_fallbacks"), false);
});

const whole: Readonly<Record<SystemName, Record<string, unknown>>> = {
  attn: {},
  loc8: {},
  arv: {},
  vru: {},
  docsai: { superuser: "admin" },
};

for (const system of systemNames)
  test(`every secret that the engine makes for ${system} has a later value beside the former by its counter`, async () => {
    const config = { ...whole[system], system, monitoring: true, backup: { to: "/mnt/backups" } };
    const { rotate } = parseSettings(config);
    assert.deepEqual(passwords(await graphOf(config)).sort(), Object.keys(rotate).sort());
    const raised = Object.fromEntries(Object.keys(rotate).map((name) => [name, 2]));
    const later = passwords(await graphOf({ ...config, rotate: raised }));
    assert.deepEqual(
      later.sort(),
      Object.keys(rotate)
        .flatMap((name) => [name, `${name}.2`])
        .sort(),
    );
  });

for (const kind of ["gce", "ec2"] as const)
  test(`what the vendor runs on ${kind} isn't rotated, by name and with the reason`, async () => {
    const external = { postgres: "managed", minio: "managed" };
    const config = { system: "arv", external, host: least[kind]({}) };
    const { rotate } = parseSettings(config);
    const made = passwords(await stackOn(kind, "arv", { external }));
    const kept = made.filter((name) => rotate[name] === undefined);
    assert.deepEqual(kept, ["postgres-password"]);
    for (const name of [...kept, "minio-secret-key"])
      assert.throws(() => parseSettings({ ...config, rotate: { [name]: 2 } }), {
        problems: [
          `rotate.${name}: must be left out: the vendor runs ${name.split("-")[0]} with one login, and another value would be refused to all who have this one, got 2`,
        ],
      });
  });

test("a password of backups that is the owner's isn't rotated, and says whose it is", () => {
  const backup = { to: "/mnt/backups", password: "correct-horse-battery" };
  assert.equal(parseSettings({ system: "loc8", backup }).rotate["backup-password"], undefined);
  assert.throws(() => parseSettings({ system: "loc8", backup, rotate: { "backup-password": 2 } }), {
    problems: [
      "rotate.backup-password: must be left out: backup.password is yours; docs/rotation.md says how backups take another, got 2",
    ],
  });
});

test("what makes backups is handed the newest password and, by number, those before it", async () => {
  const config = { system: "loc8", backup: { to: "/mnt/backups" }, rotate: { "backup-password": 3 } };
  const handed = files(await graphOf(config), "backup-files");
  assert.equal(handed.password, "backup-password.3");
  assert.equal(handed["former-password-1"], "backup-password.2");
  assert.equal(handed["former-password-2"], "backup-password");
  const first = files(await graphOf({ ...config, rotate: {} }), "backup-files");
  assert.deepEqual(
    Object.keys(first).filter((name) => name.startsWith("former")),
    [],
  );
});
