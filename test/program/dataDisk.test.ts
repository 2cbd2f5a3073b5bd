import assert from "node:assert/strict";
import { test } from "vitest";
import { parse } from "yaml";
import type { Kind } from "../../components/hosts/kind.ts";
import { hostKinds, type HostKind } from "../../components/hosts/registry.ts";
import { systemNames, type SystemName } from "../../systems/index.ts";
import { stackOn } from "./anyStack.ts";
import type { Graph, Registered } from "./harness.ts";
import { userDataOf } from "../tools/userData.ts";

interface Cloud {
  userData: (graph: Graph) => unknown;
  /** The device of the disk that is attached, as the machine sees it. */
  device: (graph: Graph) => string;
}

/** How each cloud has it. */
const clouds: Partial<Record<HostKind, Cloud>> = {
  gce: {
    userData: (graph) =>
      (graph.the("gcp:compute/instance:Instance").inputs.metadata as Record<string, unknown>)["user-data"],
    device: (graph) => {
      const { disk, deviceName } = graph.the("gcp:compute/attachedDisk:AttachedDisk").inputs;
      assert.equal(disk, `${graph.the("gcp:compute/disk:Disk").name}-id`);
      return `/dev/disk/by-id/google-${String(deviceName)}`;
    },
  },
  ec2: {
    userData: (graph) => userDataOf(graph.the("aws:ec2/instance:Instance").inputs),
    device: (graph) => {
      const { volumeId } = graph.the("aws:ec2/volumeAttachment:VolumeAttachment").inputs;
      assert.equal(volumeId, `${graph.the("aws:ebs/volume:Volume").name}-id`);
      return `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${volumeId.replace("-", "")}`;
    },
  },
};

/** Services that have data mounted; the rest needs none or what can be made again. */
const stateful: Record<SystemName, readonly string[]> = {
  attn: ["attn_postgres", "attn_redis"],
  loc8: ["backend", "postgres", "redis"],
  arv: [
    "app",
    "celery-default",
    "celery-markers",
    "celery-notifications",
    "minio",
    "nginx",
    "postgres",
    "redis",
  ],
  docsai: ["app", "nginx", "postgres"],
  vru: ["alertmanager", "api-gateway", "grafana", "ml-engine", "postgres", "prometheus", "redis"],
};

/** The setup script that the machine runs on its first boot. */
function setupOf(text: unknown): string {
  const { write_files } = parse(String(text)) as { write_files: { path: string; content: string }[] };
  const file = write_files.find(({ path }) => path === "/usr/local/sbin/berth-setup");
  return file?.content ?? "";
}

function assigned(script: string, name: string): string {
  return new RegExp(`^${name}='(.*)'$`, "m").exec(script)?.[1] ?? "";
}

interface Source {
  service: string;
  /** The folder of the machine that is mounted. */
  folder: string;
}

function labelOf({ inputs }: Registered, name: string): string {
  const labels = (inputs.labels as { label: string; value: string }[] | undefined) ?? [];
  return labels.find(({ label }) => label === name)?.value ?? "";
}

/** Every folder of the machine that a container mounts and that holds data, wherever Docker keeps it. */
function dataSources(graph: Graph): Source[] {
  const volumes = new Map(
    graph
      .ofType("docker:index/volume:Volume")
      .map((one) => [String(one.inputs.name), labelOf(one, "berth.role")]),
  );
  return graph.ofType("docker:index/container:Container").flatMap((one) => {
    const service = labelOf(one, "berth.service");
    const mounts = (one.inputs.mounts ?? []) as { type: string; source: string; readOnly?: boolean }[];
    const binds = (one.inputs.volumes ?? []) as { hostPath: string }[];
    return [
      ...mounts.flatMap(({ type, source, readOnly }) => {
        // Monitoring reads the machine's own folders.
        if (type === "bind") return readOnly === true ? [] : [{ service, folder: source }];
        return volumes.get(source) === "data"
          ? [{ service, folder: `/var/lib/docker/volumes/${source}/_data` }]
          : [];
      }),
      ...binds.map(({ hostPath }) => ({ service, folder: hostPath })),
    ];
  });
}

const replaced = hostKinds.filter((kind: Kind) => kind.dataFolder !== undefined).map(({ name }) => name);

/** A volume of an owner's in one service. */
const own: Partial<Record<SystemName, string>> = { loc8: "backend", vru: "api-gateway" };

for (const kind of replaced) {
  for (const system of systemNames) {
    const owner = own[system];
    const volumes = owner === undefined ? {} : { [owner]: { data: "/app/data" } };
    const graph = await stackOn(kind, system, { volumes });
    const cloud = clouds[kind];

    test(`${system} on ${kind}: every folder and volume that holds data is on the disk that outlives the machine`, () => {
      assert.ok(cloud, `${kind}: must be among this file's clouds`);
      const setup = setupOf(cloud.userData(graph));
      const folders = assigned(setup, "disk_folders").split(" ");
      assert.equal(assigned(setup, "disk_device"), cloud.device(graph));
      // Formatted, mounted and required by Docker, before Docker is there.
      const step = (name: string) => setup.indexOf(`step '${name}'`);
      assert.ok(step("data disk") > 0 && step("data disk") < step("Docker Engine"));
      assert.match(setup, /^RequiredBy=docker\.service$/m);
      const sources = dataSources(graph);
      const off = sources.filter(({ folder }) => !folders.some((kept) => folder.startsWith(`${kept}/`)));
      assert.deepEqual(off, []);
      assert.deepEqual([...new Set(sources.map(({ service }) => service))].sort(), stateful[system]);
    });
  }
}
