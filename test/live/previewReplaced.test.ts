import assert from "node:assert/strict";
import * as command from "@pulumi/command/local/index.js";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, test } from "vitest";
import { carrier } from "../../components/containers/carrier.ts";
import { fileVolume } from "../../components/containers/fileVolume.ts";
import { Network } from "../../components/containers/network.ts";
import { StatefulService } from "../../components/containers/statefulService.ts";
import { engineFacts } from "../../components/hosts/engine.ts";
import type { Host } from "../../components/containers/host.ts";
import { filesImage } from "../../services/proxy/definition.ts";
import { removeLabelled } from "../tools/docker.ts";
import { prepareImages } from "../tools/prepare.ts";
import { openStack, type OpenStack } from "./sshRig.ts";

const name = "previewreplaced";

/** Another number is another machine; this one's Docker stands for each of them. */
let generation = 1;
let opened: OpenStack;

beforeAll(async () => {
  await prepareImages([filesImage]);
  await removeLabelled(`berth.stack=${name}`);
  opened = await openStack(name, program);
});

afterAll(async () => {
  // The engine leaves what a machine holds that goes too.
  await removeLabelled(`berth.stack=${name}`);
  await opened[Symbol.asyncDispose]();
});

/** A network, a service that may exist only once, and what comes of its id, on a machine that the stack owns. */
async function program(): Promise<void> {
  const { images } = await engineFacts();
  const machine = new command.Command("machine", {
    create: 'echo "${DOCKER_HOST:-unix:///var/run/docker.sock}"',
    triggers: [generation],
  });
  const provider = new docker.Provider("machine", { host: machine.stdout });
  const onHost = { provider, deletedWith: machine, replaceWith: [machine] };
  const host: Host = {
    kind: "gce",
    provider,
    onHost,
    address: pulumi.output("127.0.0.1"),
    capacity: { cpus: 1, memory: 1024, gpus: 0 },
    publication: { ip: "127.0.0.1", http: 80 },
    access: pulumi.output(""),
    generation: machine.stdout,
  };
  // The way to the image that every machine has.
  const image = () => pulumi.output(images.get(filesImage) ?? "");
  const common = { system: name, stack: name, protectData: false };
  const scope = { ...common, host, image, filesImage: image() };
  const network = new Network(name, { scope });
  const once = new StatefulService("once", {
    scope,
    spec: {
      image: scope.filesImage,
      command: ["sleep", "600"],
      user: "10001:10001",
      networks: [{ network: network.networkName }],
      limits: { cpus: 0.1, memory: 32 },
      graceSeconds: 10,
    },
  });
  const args = { scope, service: "once", user: "0:0", files: { id: once.container.id } };
  const files = fileVolume("facts", args, {});
  carrier("facts", { scope, service: "once", loads: { files } }, {});
}

test("a machine's replacement can be previewed with all that it holds", async () => {
  const { stack } = opened;
  await stack.up();
  generation = 2;
  const { changeSummary } = await stack.preview();
  // Machine, network, service, volume and carrier; the provider has another address.
  assert.deepEqual(changeSummary, { replace: 5, update: 1, same: 1 });
});
