import { mkdirSync, writeFileSync } from "node:fs";
import { chmod, chown, mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Container, ContainerInspectInfo } from "dockerode";
import { docker } from "../test/tools/docker.ts";

/**
 * The running containers of a stack as a Compose file: the same images, commands, limits and health checks, the
 * files as folders, empty folders for data. The proxy gets the configuration it serves now, so Compose needs no
 * release step; the job that prepares the database stays.
 */
export async function writePeer(stack: string, folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const label = [`berth.stack=${stack}`];
  const listed = await docker.listContainers({ all: true, filters: { label } });
  const containers = await Promise.all(listed.map(({ Id }) => docker.getContainer(Id).inspect()));
  const kept = containers.filter((each) => role(each) === "service" || isProvision(each));
  const services = await Promise.all(kept.map((each) => service(each, kept, folder)));
  const file = join(folder, "docker-compose.yml");
  const networks = { all: { name: `${stack}-peer` } };
  writeFileSync(file, JSON.stringify({ services: Object.fromEntries(services), networks }));
  return file;
}

function role(container: ContainerInspectInfo): string {
  return container.Config.Labels["berth.role"] ?? "";
}

/** The job that prepares a database; others are of the proxy's release. */
function isProvision(container: ContainerInspectInfo): boolean {
  return role(container) === "job" && container.Name.includes("-provision-");
}

/** Volumes of files are named for it. */
function isFiles(volume: string): boolean {
  return /-files-[0-9a-f]+$/.test(volume);
}

async function service(container: ContainerInspectInfo, all: ContainerInspectInfo[], folder: string) {
  const { Config, HostConfig, NetworkSettings } = container;
  const name = container.Name.slice(1);
  const network = Object.values(NetworkSettings.Networks)[0];
  const check = Config.Healthcheck;
  const volumes = await Promise.all(container.Mounts.map((mount) => volume(container, mount, folder)));
  const dollars = (words: string[] | null | undefined) => words?.map((word) => word.replaceAll("$", "$$$$"));
  return [
    name,
    {
      image: Config.Image,
      container_name: `peer-${name}`,
      user: Config.User,
      entrypoint: dollars(Config.Entrypoint as string[] | null),
      command: dollars(Config.Cmd),
      environment: dollars(Config.Env),
      // Replicas are found by their containers' names.
      networks: { all: { aliases: [name, ...((network?.Aliases as string[] | null) ?? [])] } },
      volumes,
      tmpfs: Object.entries(HostConfig.Tmpfs ?? {}).map(([path, options]) => `${path}:${options}`),
      read_only: true,
      cap_drop: ["ALL"],
      security_opt: (HostConfig.SecurityOpt as string[] | null) ?? [],
      mem_limit: HostConfig.Memory,
      memswap_limit: HostConfig.MemorySwap,
      cpus: (HostConfig.NanoCpus ?? 0) / 1e9,
      init: HostConfig.Init,
      ports: ports(HostConfig.PortBindings as Bindings | undefined),
      restart: role(container) === "job" ? "no" : "unless-stopped",
      healthcheck: check?.Test && {
        test: dollars(check.Test),
        interval: `${(check.Interval ?? 0) / 1e9}s`,
        timeout: `${(check.Timeout ?? 0) / 1e9}s`,
        retries: check.Retries,
        start_period: `${(check.StartPeriod ?? 0) / 1e9}s`,
      },
      depends_on: dependencies(container, all),
    },
  ] as const;
}

type Bindings = Record<string, { HostIp: string; HostPort: string }[]>;

/** On the port above Berth's own, so that both can be up. */
function ports(bindings: Bindings | undefined): string[] {
  return Object.entries(bindings ?? {}).flatMap(([inside, hosts]) =>
    hosts.map(({ HostIp, HostPort }) => `${HostIp}:${Number(HostPort) + 1000}:${inside.replace("/tcp", "")}`),
  );
}

async function volume(
  container: ContainerInspectInfo,
  mount: ContainerInspectInfo["Mounts"][number],
  folder: string,
) {
  const options = mount.RW ? "" : ":ro";
  const name = mount.Name ?? "";
  if (name.endsWith("-live"))
    return `${await copyOut(container, mount.Destination, folder)}:${mount.Destination}`;
  if (!isFiles(name)) return `${await emptyLike(mount, folder)}:${mount.Destination}${options}`;
  return `${await copyOut(container, mount.Destination, folder)}:${mount.Destination}${options}`;
}

/** An empty folder of the same owner and mode as a volume's. */
async function emptyLike(mount: { Name?: string; Source: string }, folder: string): Promise<string> {
  const target = join(folder, mount.Name ?? "");
  const { uid, gid, mode } = await stat(mount.Source);
  await mkdir(target, { recursive: true });
  await chown(target, uid, gid);
  await chmod(target, mode);
  return target;
}

/** A folder of a container, unpacked with its owners. */
async function copyOut(container: ContainerInspectInfo, path: string, folder: string): Promise<string> {
  const target = join(folder, container.Name.slice(1) + path.replaceAll("/", "-"));
  mkdirSync(target, { recursive: true });
  const { execa } = await import("execa");
  const archive = await docker.getContainer(container.Id).getArchive({ path: `${path}/.` });
  await execa("tar", ["-x", "-p", "--same-owner", "--numeric-owner", "-C", target], {
    input: archive as unknown as Uint8Array,
  });
  return target;
}

/** What Berth waits for too: the database and its preparation, the cache, the main application before the rest. */
function dependencies(container: ContainerInspectInfo, all: ContainerInspectInfo[]): Record<string, object> {
  const named = (part: string) => all.map(({ Name }) => Name.slice(1)).filter((name) => name.includes(part));
  const own = container.Name.slice(1);
  const healthy = (names: string[]) => names.map((name) => [name, { condition: "service_healthy" }] as const);
  const done = named("-provision-").map(
    (name) => [name, { condition: "service_completed_successfully" }] as const,
  );
  if (own.includes("-provision-"))
    return Object.fromEntries(healthy(named("postgres-").filter((name) => name !== own)));
  if (/postgres|redis/.test(own) || /^(main-app-)?nginx/.test(own)) return {};
  if (/^(api-gateway|face|microservice)/.test(own))
    return Object.fromEntries(healthy(named("attn_backend_api")));
  return { ...Object.fromEntries(done), ...Object.fromEntries(healthy(named("redis"))) };
}

/** Waits until every container of the peer is healthy. */
export async function healthy(containers: Container[]): Promise<void> {
  for (;;) {
    const states = await Promise.all(containers.map(async (each) => (await each.inspect()).State));
    if (states.every(({ Health, Status }) => Health?.Status === "healthy" || Status === "exited")) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
