import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { execa } from "execa";
import { afterAll, beforeAll, describe, it } from "vitest";
import { stringify } from "yaml";
import type { Finding } from "../../cli/drift/finding.ts";
import { filesFolder } from "../../components/containers/fileVolume.ts";
import { root } from "../../cli/project.ts";
import { Berth } from "../tools/berth.ts";
import { docker, log } from "../tools/docker.ts";
import { prepareImages } from "../tools/prepare.ts";

const base = "python:3.11-slim";

/** Answers with the release that its image is. */
const server = `
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = os.environ["NUMBER"].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
ThreadingHTTPServer(("", 8000), Handler).serve_forever()`;
const override = { user: "1000:1000", port: 8000, health: "/health", command: ["python", "-c", server] };

/** One system, first changed by hand behind the engine's back, then given a release and brought back. */
describe("a system that is up", () => {
  let berth: Berth;
  let file: string;
  let stray: string;
  let image: string;
  /** Without a name, and what the first release was made of. */
  let below: string;
  let config: Record<string, unknown>;

  beforeAll(async () => {
    berth = await Berth.open("loc8");
    stray = `${berth.stack}-stray`;
    image = `${berth.stack}-api:now`;
    file = `${root}/Pulumi.${berth.stack}.yaml`;
    await prepareImages([base]);
    below = await build("none");
    await build("one", below);
    const { port } = new URL(berth.url);
    config = {
      "berth:system": "loc8",
      "berth:host": { kind: "local", port: Number(port) },
      "berth:network": berth.stack,
      "berth:replicas": { backend: 1 },
      "berth:override": { backend: override },
      "berth:images": { backend: image },
    };
    await writeFile(file, stringify({ config }));
    await run("up");
  });
  afterAll(async () => {
    await docker
      .getContainer(stray)
      .remove({ force: true })
      .catch(() => undefined);
    await berth.close();
    await rm(file, { force: true });
    const images = await docker.listImages();
    const tags = images.flatMap(({ RepoTags }) => (RepoTags as string[] | null) ?? []);
    const ours = tags.filter((tag) => tag.startsWith(`${berth.stack}-api:`) || pins.includes(tag));
    for (const tag of ours) await docker.getImage(tag).remove({ force: true });
    for (const id of built) {
      await docker
        .getImage(id)
        .remove({ force: true })
        .catch(() => undefined);
    }
  });
  const pins: string[] = [];
  const built: string[] = [];

  /** Builds under the one name an image that says `number`, as a team does that has one tag. */
  async function build(number: string, parent = base): Promise<string> {
    const [repo, tag] = image.split(":");
    const made = await docker.createContainer({ Image: parent, Cmd: ["true"] });
    const { Id } = (await made.commit({ repo, tag, changes: `ENV NUMBER=${number}` })) as { Id: string };
    await made.remove({ v: true });
    built.push(Id);
    return Id;
  }

  async function run(verb: string, ...words: string[]): Promise<string> {
    const { code, output } = await berth.start(verb, ...words).ended;
    assert.equal(code, 0, output);
    return output;
  }

  /** The line of JSON that a verb prints, however it ends. */
  async function say(...words: [string, ...string[]]): Promise<string> {
    const { output } = await berth.start(...words).ended;
    const line = output.split("\n").find((one) => one.startsWith("{"));
    assert.ok(line, output);
    return line;
  }

  /** The exit code, and each difference without the name of what differs. */
  async function drift(): Promise<[number | null, string[]]> {
    const { code, output } = await berth.start("drift", "--json").ended;
    const line = output.split("\n").find((one) => one.startsWith("{"));
    assert.ok(line, output);
    const { findings } = JSON.parse(line) as { findings: Finding[] };
    return [code, findings.map(({ kind, found }) => `${kind}: ${found}`).sort()];
  }

  async function containerOf(service: string): Promise<string> {
    const { containers } = await berth.dockerObjects();
    const found = containers.find(
      ({ Labels, State }) =>
        Labels["berth.service"] === service && Labels["berth.role"] === "service" && State === "running",
    );
    assert.ok(found, `${service} runs`);
    return found.Id;
  }

  /** Adds a line to a file of a service's, past whatever guards it, and returns its name. */
  function edit(service: string): Promise<string> {
    return inFiles(service, 'f=$(find /v -type f | sort | head -1); echo "# by hand" >> "$f"; echo "$f"');
  }

  /** Runs a script as root where a service's files are below /v, and returns the path that it prints. */
  async function inFiles(service: string, script: string): Promise<string> {
    // Of the proxy's two the one that stays: a release has another volume each time its configuration changes.
    const { Mounts } = await docker.getContainer(await containerOf(service)).inspect();
    const files = Mounts.find(({ Destination }) => Destination === filesFolder);
    assert.ok(files?.Name, `${service} has files`);
    const helper = await docker.createContainer({
      Image: base,
      Cmd: ["sh", "-c", script],
      HostConfig: { Binds: [`${files.Name}:/v`], NetworkMode: "none" },
    });
    await helper.start();
    await helper.wait();
    const name = (await log(helper.id)).trim().replace("/v/", "");
    await helper.remove({ v: true });
    return name;
  }

  async function addStray(): Promise<string> {
    const made = await docker.createContainer({
      name: stray,
      Image: base,
      Cmd: ["sleep", "600"],
      ExposedPorts: { "5432/tcp": {} },
      HostConfig: {
        NetworkMode: berth.stack,
        PortBindings: { "5432/tcp": [{ HostIp: "0.0.0.0", HostPort: "" }] },
      },
    });
    await made.start();
    const { NetworkSettings } = await made.inspect();
    return NetworkSettings.Ports["5432/tcp"]?.[0]?.HostPort ?? "";
  }

  it("has no drift", async () => {
    assert.deepEqual(await drift(), [0, []]);
  });

  it("shows all that was changed by hand, by drift and by preview, and up mends it", async (t) => {
    const backend = docker.getContainer(await containerOf("backend"));
    const { HostConfig } = await backend.inspect();
    const { Memory: was = 0 } = HostConfig;
    await backend.update({ Memory: was / 2 });
    await docker.getContainer(await containerOf("frontend")).remove({ force: true });
    await docker.getContainer(await containerOf("redis")).stop({ t: 1 });
    const edited = [await edit("backend"), await edit("nginx")];
    const added = await inFiles("nginx", "touch '/v/a note'; echo '/v/a note'");
    const port = await addStray();
    const changes = [
      "container: has stopped",
      "container: is gone",
      `container: memory must be "${was / 1024 ** 2} MiB", got "${was / 2 / 1024 ** 2} MiB"`,
      ...edited.map((name) => `files: ${name} was edited`).sort(),
    ];
    const alien = `stray: is on the stack's network ${berth.stack}, publishes 0.0.0.0:${port} past the proxy`;
    const stays = `files: ${added} was added`;
    assert.deepEqual(await drift(), [2, [...changes, stays, alien].sort()]);
    const notes = changes.map((change) => {
      const outcome = change.startsWith("files") ? "writes it anew" : "makes a new one";
      return `${change.replace(/^\w+: /, "")}, ${outcome}`;
    });
    const preview = await run("preview");
    for (const note of notes) assert.ok(preview.includes(note), `${note}\n${preview}`);
    const begun = performance.now();
    const output = await run("up");
    const took = (performance.now() - begun) / 1000;
    await t.annotate(`${changes.length} changes, mended by a run of ${took.toFixed(1)} s`);
    for (const note of notes) assert.ok(output.includes(note), `${note}\n${output}`);
    assert.deepEqual(await drift(), [2, [stays, alien]]);
    const { findings } = JSON.parse(await say("drift", "--json")) as { findings: Finding[] };
    for (const { remedy } of findings)
      await execa(remedy.replace(/(; publish it|, or label it).*/, ""), { shell: true });
    assert.deepEqual(await drift(), [0, []]);
  });

  it("asks the engine after a limit was changed, and nothing else", async () => {
    const backend = docker.getContainer(await containerOf("backend"));
    const { HostConfig } = await backend.inspect();
    await backend.update({ Memory: (HostConfig.Memory ?? 0) / 2 });
    assert.match(await run("up"), /makes a new one/);
    assert.deepEqual(await drift(), [0, []]);
  });

  it("has no drift once Redis' password was rotated, when two containers carry files into one volume", async () => {
    await run("rotate", "redis-password", "--yes");
    assert.deepEqual(await drift(), [0, []]);
    const server = await containerOf("redis");
    assert.doesNotMatch(await run("up", "--full"), /writes it anew/);
    assert.equal(await containerOf("redis"), server);
  });

  it("has drift when somebody removed a file beside secret ones, and up brings it back", async () => {
    const gone = await inFiles("backend", 'f=$(find /v -type f | sort | head -1); rm "$f"; echo "$f"');
    assert.deepEqual(await drift(), [2, [`files: ${gone} is missing`]]);
    assert.match(await run("up", "--full"), /is missing, writes it anew/);
    assert.deepEqual(await drift(), [0, []]);
  });

  it("goes back to the release before in 60 s, by an image that has lost its tag, and stays there", async (t) => {
    const before = await docker.getContainer(await containerOf("backend")).inspect();
    const next = await build("two");
    await run("up");
    assert.equal(await answer(), "two");
    const listed = (await releases()).map(({ images, gone }) => [images.backend, gone]);
    assert.deepEqual(listed, [
      [before.Image, []],
      [next, []],
    ]);
    const refused = await berth.start("rollback").ended;
    assert.match(
      refused.output,
      /^--yes: must be given where nobody can be asked; berth rollback gives backend /,
    );
    assert.equal(await answer(), "two");
    const begun = performance.now();
    await run("rollback", "--yes");
    const took = (performance.now() - begun) / 1000;
    await t.annotate(`back in ${took.toFixed(1)} s`);
    pins.push(pinOf(before.Image));
    assert.equal(await answer(), "one");
    assert.ok(took <= 60, `took ${took} s`);
    await run("up", "--full");
    assert.equal(await answer(), "one");
    assert.deepEqual(await drift(), [0, []]);
  });

  it("names an image that is gone, and changes nothing", async () => {
    const [, second] = await releases();
    assert.ok(second);
    await docker.getImage(second.images.backend ?? "").remove({ force: true });
    const { code, output } = await berth.start("rollback", String(second.number), "--yes").ended;
    assert.deepEqual(
      [code, output],
      [
        1,
        `rollback: must have the image of backend in release ${second.number} on its machine, got no ${second.images.backend ?? ""} there; build or pull it again so that its id is the same, or take another release of berth rollback --list\n`,
      ],
    );
    assert.equal(await answer(), "one");
  });

  it("removes what no release that is kept needs, after a question, with the tag that a rollback gave it", async () => {
    const first = (await docker.getContainer(await containerOf("backend")).inspect()).Image;
    // A rollback leaves later releases behind, so none is old yet.
    assert.match(await run("prune", "--keep", "0", "--yes"), /has no old images\n$/);
    await writeFile(file, stringify({ config: { ...config, "berth:rotate": { "redis-password": 2 } } }));
    const third = await build("three");
    await run("up");
    const fourth = await build("four");
    await run("up");
    assert.equal(await answer(), "four");

    const refused = await berth.start("prune", "--keep", "1").ended;
    assert.equal(refused.code, 1);
    assert.match(
      refused.output,
      /--yes: must be given where nobody can be asked; berth prune removes 1 image of stack /,
    );
    assert.equal(await isThere(first), true);

    const { images } = JSON.parse(await say("prune", "--keep", "1", "--yes", "--json")) as {
      images: { id: string; names: string[]; services: string[]; kept?: string }[];
    };
    assert.deepEqual(
      images.map(({ id, names, services, kept }) => ({ id, names, services, kept })),
      [{ id: first, names: [pinOf(first)], services: ["backend"], kept: undefined }],
    );
    const left = await Promise.all([first, below, third, fourth].map(isThere));
    assert.deepEqual(left, [false, true, true, true]);
    assert.match(await run("prune", "--keep", "1", "--yes"), /has no old images\n$/);
    assert.equal(await answer(), "four");
    assert.deepEqual(await drift(), [0, []]);

    await run("rollback", "--yes");
    pins.push(pinOf(third));
    assert.equal(await answer(), "three");
  });

  async function isThere(id: string): Promise<boolean> {
    return await docker
      .getImage(id)
      .inspect()
      .then(
        () => true,
        () => false,
      );
  }

  /** The tag that a rollback gives to what no registry has. */
  function pinOf(id: string): string {
    return `berth-release/backend:${id.replace("sha256:", "").slice(0, 12)}`;
  }

  async function releases() {
    const { releases: all } = JSON.parse(await run("rollback", "--list", "--json")) as {
      releases: { number: number; images: Record<string, string>; gone: string[] }[];
    };
    return all;
  }

  async function answer(): Promise<string> {
    return await (await fetch(`${berth.url}/api/health`)).text();
  }
});
