import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { probeImage } from "../../components/containers/probeHealth.ts";
import { Berth } from "../tools/berth.ts";
import { settingsFrom } from "../../settings.ts";
import { ensureImages } from "../../toolchain/images/index.ts";
import { plainProgress } from "../../toolchain/progress.ts";
import { buildSources } from "../../toolchain/source/build.ts";
import { docker } from "../tools/docker.ts";
import { prepareImages } from "../tools/prepare.ts";
import { startRegistry, type PrivateRegistry } from "../tools/privateRegistry.ts";
import { sourceFolder, type SourceFolder } from "../tools/sourceFolder.ts";
import { LiveStack } from "../tools/stack.ts";
import { silent } from "./sshRig.ts";

/** How settings say it, with LOC8's front end in that place and nothing that it doesn't need. */
function settings({ path }: SourceFolder) {
  return {
    images: {
      frontend: {
        build: path,
        target: "run",
        args: { GREETING: "good day" },
        secrets: { token: `${path}/token` },
      },
    },
    optional: { postgres: false, redis: false },
    replicas: { backend: 1 },
    override: { frontend: { health: "/" } },
  };
}

describe("an image that is built of source", () => {
  let folder: SourceFolder;
  let berth: Berth;
  let config: string[];
  beforeAll(async () => {
    await prepareImages([probeImage]);
    folder = await sourceFolder("one");
    berth = await Berth.open("loc8");
    config = Object.entries(settings(folder)).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  });
  afterAll(async () => {
    await (berth as Berth | undefined)?.close();
    await (folder as SourceFolder | undefined)?.[Symbol.asyncDispose]();
  });

  const text = async (path: string): Promise<string> => (await fetch(`${berth.url}${path}`)).text();
  const up = async (...more: string[]) => berth.start("up", ...more, ...berth.settings(...config)).ended;

  it("is built and run by up", async () => {
    const { code, output } = await up();
    assert.equal(code, 0, output);
    assert.match(output, /image berth-source\/berth-built-\S+:[0-9a-f]{16}.*built in/);
    assert.equal(await text("/"), "one");
    assert.equal(await text("/token.txt"), "good day, a token of 15 bytes\n");
  });

  it("is built no second time while nothing of it changes, and what it leaves out may", async () => {
    await folder.write("notes/todo.md", "sooner\n");
    const short = await up();
    assert.equal(short.code, 0, short.output);
    assert.match(short.output, /nothing to do: all is as the last run left it/);
    const full = await up("--full");
    assert.match(full.output, /^LOC8 is up, nothing to do, /m);
    assert.equal((await folder.images()).length, 1);
  });

  it("holds its secret in no layer", async () => {
    const [image = ""] = await folder.images();
    const saved = await docker.getImage(image).get();
    let kept = "";
    for await (const chunk of saved) {
      const searched = kept + (chunk as Buffer).toString("latin1");
      assert.ok(!searched.includes("do-not-keep-me"), "the secret is in the image");
      kept = searched.slice(-20);
    }
  });

  it("is released anew when a file changes", async () => {
    await folder.write("page.html", "two");
    const { code, output } = await up();
    assert.equal(code, 0, output);
    assert.equal(await text("/"), "two");
    assert.equal((await folder.images()).length, 2);
  });

  it("that doesn't build stops the run with the reason, and the old release serves on", async () => {
    await folder.write("Dockerfile", "FROM busybox:1.37-musl AS run\nRUN echo no such thing >&2; exit 7\n");
    const failed = await up();
    assert.equal(failed.code, 1, failed.output);
    assert.match(
      failed.output,
      /^images: must build from "\S+" by "\S+\/Dockerfile", got exit code: 7 in \[(?:run )?2\/2\] RUN echo/m,
    );
    assert.match(failed.output, /^ {2}no such thing$/m);
    assert.equal(await text("/"), "two");
  });

  it("is built alone by berth build", async () => {
    await folder.write("Dockerfile", "FROM busybox:1.37-musl\nUSER 1234:1234\n");
    const one = { build: folder.path };
    const { code, output } = await berth.start(
      "build",
      "--json",
      ...berth.settings(`images.frontend=${JSON.stringify(one)}`),
    ).ended;
    assert.equal(code, 0, output);
    const line = output.split("\n").find((text) => text.startsWith("{")) ?? "";
    const { images } = JSON.parse(line) as { images: { service: string; image: string }[] };
    assert.deepEqual(
      images.map(({ service }) => service),
      ["frontend"],
    );
    assert.ok((await folder.images()).includes(images[0]?.image ?? ""));
  });
});

describe("an image that is built of source and pushed", () => {
  let folder: SourceFolder;
  let registry: PrivateRegistry;
  const login = { username: "alice", password: "a:lice" };
  beforeAll(async () => {
    await prepareImages([probeImage]);
    folder = await sourceFolder("pushed");
    registry = await startRegistry(login);
  });
  afterAll(async () => {
    await (registry as PrivateRegistry | undefined)?.[Symbol.asyncDispose]();
    await (folder as SourceFolder | undefined)?.[Symbol.asyncDispose]();
  });

  /** As for a server, which pulls it: what was done, by the steps' own words. */
  async function build(password = login.password): Promise<{ reference: string; output: string }> {
    const push = `${registry.host}/acme/site`;
    const given = { build: folder.path, target: "run", secrets: { token: `${folder.path}/token` }, push };
    const registries = { [registry.host]: { ...login, password } };
    const { sources, logins } = await settingsFrom(
      { system: "loc8", images: { frontend: given }, registries },
      folder.path,
    );
    const lines: string[] = [];
    const progress = plainProgress((line) => lines.push(line));
    const [one] = await buildSources(Object.values(sources), progress, { here: false, logins }).catch(
      (error: unknown) => {
        lines.push((error as Error).message);
        return [];
      },
    );
    return { reference: one?.reference ?? "", output: lines.join("") };
  }

  it("says whose login a registry refuses, and not the password", async () => {
    const { output } = await build("hunter2");
    assert.match(
      output,
      /images: must be pushed as "\S+\/acme\/site:[0-9a-f]{16}", got .*with the login of alice/,
    );
    assert.doesNotMatch(output, /hunter2/);
  });

  it("is there for other machines, and no second time while nothing changes", async () => {
    const { reference, output } = await build();
    assert.match(output, /pushed to 127\.0\.0\.1/);
    await docker.getImage(reference).remove();
    // Nothing is built, and nothing needs Docker: the registry has it.
    assert.equal((await build()).reference, reference);
    assert.equal(
      await docker
        .getImage(reference)
        .inspect()
        .then(
          () => "here",
          () => "gone",
        ),
      "gone",
    );
    await ensureImages(silent, [reference], { logins: { [registry.host]: login } });
    await docker.getImage(reference).remove();
    await folder.write("page.html", "another");
    const changed = await build();
    assert.notEqual(changed.reference, reference);
    await docker.getImage(changed.reference).remove();
  });
});

describe("an image that is built of source, by plain Pulumi", () => {
  let folder: SourceFolder;
  let stack: LiveStack;
  beforeAll(async () => {
    folder = await sourceFolder("plain");
    stack = await LiveStack.open({ system: "loc8", config: settings(folder), images: [probeImage] });
  });
  afterAll(async () => {
    await (stack as LiveStack | undefined)?.close();
    await (folder as SourceFolder | undefined)?.[Symbol.asyncDispose]();
  });

  it("is known after up in a preview, which builds nothing", async () => {
    await stack.must("preview");
    assert.deepEqual(await folder.images(), []);
  });

  it("is built by up, and no second time", async () => {
    await stack.up();
    assert.equal(await (await fetch(`${stack.url}/`)).text(), "plain");
    assert.deepEqual(Object.keys((await stack.up()).changes), ["same"]);
  });
});
