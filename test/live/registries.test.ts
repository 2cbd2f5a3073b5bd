import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { resolveAll } from "../../cli/lock/resolve.ts";
import { parseSettings } from "../../settings.ts";
import { ensureImages } from "../../toolchain/images/index.ts";
import { startRegistry, type PrivateRegistry } from "../tools/privateRegistry.ts";
import { docker } from "../tools/docker.ts";
import { silent } from "./sshRig.ts";

const [mine, theirs] = [
  { username: "alice", password: "a:lice" },
  { username: "bob", password: "b:ob" },
];

/** Two registries of different users: the login of one is in settings, that of the other a helper program gives. */
describe("two registries that want logins", () => {
  let folder = "";
  const open: PrivateRegistry[] = [];
  let [first, second] = [] as unknown as [PrivateRegistry, PrivateRegistry];
  let [api, web] = ["", ""];

  beforeAll(async () => {
    open.push((first = await startRegistry(mine)));
    open.push((second = await startRegistry(theirs)));
    folder = await mkdtemp(join(tmpdir(), "berth-registries-"));
    api = await first.push("berth-test/registry:1", "acme/api:1.2");
    web = await second.push("berth-test/registry:1", "acme/web:1.2");
    await helper(`read host; [ "$host" = ${second.host} ] || exit 1
echo '{"ServerURL":"'$host'","Username":"${theirs.username}","Secret":"${theirs.password}"}'`);
    await dockerFile({ credHelpers: { [second.host]: "ofTheirs" } });
    vi.stubEnv("DOCKER_CONFIG", folder);
    vi.stubEnv("PATH", `${folder}${delimiter}${process.env.PATH}`);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await Promise.all(open.map((registry) => registry[Symbol.asyncDispose]()));
    if (folder !== "") await rm(folder, { recursive: true });
  });

  async function helper(script: string): Promise<void> {
    const file = join(folder, "docker-credential-ofTheirs");
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
  }

  async function dockerFile(config: object): Promise<void> {
    await writeFile(join(folder, "config.json"), JSON.stringify(config));
  }

  /** As settings say it: each image, and the login of the first registry. */
  function settings(password = mine.password) {
    const registries = { [first.host]: { ...mine, password } };
    return parseSettings({ system: "loc8", images: { backend: api, frontend: web }, registries });
  }

  const failure = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => "",
      (error: unknown) => (error as Error).message,
    );

  it("give their images to the one login each", async () => {
    const { logins } = settings();
    await ensureImages(silent, [api, web], { logins });
    for (const reference of [api, web]) await docker.getImage(reference).remove();
  });

  it("say what their tags mean, for berth lock", async () => {
    const { logins } = settings();
    const found = await resolveAll([{ names: [api, web], logins }], {
      locked: new Map(),
      platform: "linux/amd64",
      progress: silent,
    });
    assert.deepEqual([...found.keys()], [api, web]);
  });

  it("never see each other's user", async () => {
    assert.doesNotMatch(await first.log(), /bob/);
    assert.doesNotMatch(await second.log(), /alice/);
    assert.match(await first.log(), /auth.user.name=alice/);
    assert.match(await second.log(), /auth.user.name=bob/);
  });

  it("refuse a wrong password, which is told by where it was written down, and not by itself", async () => {
    const { logins } = settings("hunter2");
    const message = await failure(ensureImages(silent, [api], { logins }));
    assert.match(
      message,
      new RegExp(`was asked with the login of alice from berth:registries\\.${first.host}`),
    );
    assert.doesNotMatch(message, /hunter2/);
  });

  it("refuse a helper that gives no login, and a file without one, each by its name", async () => {
    await helper("echo 'token has expired'; exit 1");
    assert.match(
      await failure(ensureImages(silent, [web])),
      new RegExp(
        `${second.host} was asked without a login, for docker-credential-ofTheirs gave none: token has expired`,
      ),
    );
    await dockerFile({});
    assert.match(
      await failure(ensureImages(silent, [web])),
      new RegExp(
        `${second.host} was asked without a login: docker login ${second.host}, or set berth:registries`,
      ),
    );
  });
});
