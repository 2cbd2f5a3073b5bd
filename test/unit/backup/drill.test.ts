import type { ContainerInspectInfo, MountSettings } from "dockerode";
import { expect, test } from "vitest";
import { drillVolumes } from "../../../cli/drill/data.ts";
import { onDrillData, twin } from "../../../cli/drill/twin.ts";
import { writingTwin } from "../../../cli/restore/scratch.ts";

const mount = (Source: string, Target: string, ReadOnly = true, Type: MountSettings["Type"] = "volume") => ({
  ...{ Type, Source, Target, ReadOnly },
});

function container(user: string, mounts: MountSettings[], more: object = {}): ContainerInspectInfo {
  return {
    Id: "0123456789abcdef",
    Image: "sha256:1",
    Config: {
      User: user,
      Env: ["A=1"],
      Cmd: ["serve"],
      Labels: { "berth.stack": "prod", "berth.role": "service" },
    },
    HostConfig: {
      Mounts: mounts,
      Memory: 1024,
      CapDrop: ["ALL"],
      CapAdd: null,
      SecurityOpt: ["no-new-privileges:true"],
      ReadonlyRootfs: true,
      PortBindings: { "80/tcp": [{ HostPort: "80" }] },
      RestartPolicy: { Name: "unless-stopped" },
    },
    NetworkSettings: { Networks: { shop: { Aliases: ["app", "0123456789ab"] } } },
    ...more,
  } as unknown as ContainerInspectInfo;
}

const backup = container("0:0", [
  mount("prod-state", "/var/lib/berth-backup", false),
  mount("prod-media", "/backup/volumes/media"),
  mount("/srv/models", "/backup/volumes/models", true, "bind"),
]);
const roles = new Map([
  ["prod-media", "data"],
  ["prod-sockets", "shared"],
  ["files-1", "files"],
]);

test("a drill has every volume of data and every folder that is kept of its own, each its writer's", () => {
  const proxy = container("101:101", [mount("prod-media", "/media"), mount("files-2", "/etc/berth")]);
  const app = container("1000:1000", [
    mount("prod-media", "/media", false),
    mount("prod-sockets", "/run/app", false),
    mount("files-1", "/etc/berth"),
    mount("/srv/models", "/models", true, "bind"),
    mount("/home/ada/source", "/app", true, "bind"),
  ]);
  expect(drillVolumes({ stores: [], others: [proxy, app], backup, roles })).toEqual([
    { source: "prod-media", owner: "1000:1000" },
    { source: "prod-sockets", owner: "1000:1000" },
    { source: "/srv/models", owner: "1000:1000" },
  ]);
});

test("a store with its data in a folder has another in a drill, and only what it writes", () => {
  const database = container("999:999", [
    mount("/srv/postgres", "/var/lib/postgresql/data", false, "bind"),
    mount("/srv/certificates", "/certificates", true, "bind"),
    mount("files-1", "/etc/berth"),
  ]);
  const app = container("1000:1000", [mount("/srv/cache", "/cache", false, "bind")]);
  expect(drillVolumes({ stores: [database], others: [app], backup, roles })).toEqual([
    { source: "/srv/postgres", owner: "999:999" },
    { source: "prod-media", owner: "0:0" },
    { source: "/srv/models", owner: "0:0" },
  ]);
});

test("what a drill runs can write nothing but its own, publishes nothing and ends with it", () => {
  const info = container("1000:1000", [
    mount("prod-media", "/media", false),
    mount("other", "/other", false),
    mount("/srv/models", "/models", false, "bind"),
  ]);
  const instead = new Map([
    ["prod-media", "drill-0"],
    ["/srv/models", "drill-1"],
  ]);
  const { HostConfig, NetworkingConfig, Labels, Image, Cmd, Env, User } = twin(info, {
    network: "drill",
    instead,
  });
  expect({ Image, Cmd, Env, User }).toEqual({
    Image: "sha256:1",
    Cmd: ["serve"],
    Env: ["A=1"],
    User: "1000:1000",
  });
  expect(Labels).toEqual({ "berth.stack": "prod", "berth.role": "drill" });
  expect(HostConfig?.Mounts).toEqual([
    mount("drill-0", "/media", false),
    mount("other", "/other", true),
    mount("drill-1", "/models", false),
  ]);
  expect([HostConfig?.PortBindings, HostConfig?.RestartPolicy]).toEqual([undefined, undefined]);
  expect(HostConfig).toMatchObject({ CapDrop: ["ALL"], ReadonlyRootfs: true, NetworkMode: "drill" });
  expect(NetworkingConfig).toEqual({ EndpointsConfig: { drill: { Aliases: ["app"] } } });
});

test("what restores may write data and give it to its owners, and nothing more", () => {
  const { HostConfig, Entrypoint, Labels } = writingTwin(backup, ["restore"]);
  expect(Entrypoint).toEqual(["restore"]);
  expect(HostConfig?.Mounts?.map(({ Target, ReadOnly }) => [Target, ReadOnly])).toEqual([
    ["/var/lib/berth-backup", false],
    ["/backup/volumes/media", false],
    ["/backup/volumes/models", false],
  ]);
  expect(HostConfig).toMatchObject({
    CapDrop: ["ALL"],
    CapAdd: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID"],
    ReadonlyRootfs: true,
    NetworkMode: "shop",
  });
  expect(Labels?.["berth.role"]).toBe("job");
});

test("what a drill restores goes to its own volumes, and it ends rather than write to another's", () => {
  const restoring = writingTwin(backup, ["restore"]);
  const instead = new Map([
    ["prod-media", "drill-0"],
    ["/srv/models", "drill-1"],
  ]);
  const { HostConfig, Env } = onDrillData(restoring, { network: "drill", instead });
  expect(Env).toEqual(["A=1", "BACKUP_SCRATCH=1"]);
  expect(HostConfig?.Mounts?.map(({ Type, Source, ReadOnly }) => [Type, Source, ReadOnly])).toEqual([
    ["volume", "prod-state", false],
    ["volume", "drill-0", false],
    ["volume", "drill-1", false],
  ]);
  instead.delete("/srv/models");
  expect(() => onDrillData(restoring, { network: "drill", instead })).toThrow(
    "drill: /backup/volumes/models must have a volume of the drill's own",
  );
});
