import { randomBytes } from "node:crypto";
import type Docker from "dockerode";
import type { ContainerCreateOptions, ContainerInspectInfo } from "dockerode";
import { owned, roleOf, type Labelled } from "../docker/owned.ts";
import { runScratch } from "../restore/scratch.ts";
import type { DrillVolume } from "./data.ts";
import { drillRole, twin, type DrillPlace } from "./twin.ts";

/** What a drill that was killed has left. */
async function removeDrills(docker: Docker, stack: string): Promise<void> {
  const { containers, volumes, networks } = await owned(docker, stack);
  const left = <One extends Labelled>(all: One[]) => all.filter((one) => roleOf(one) === drillRole);
  for (const { Id } of left(containers)) await docker.getContainer(Id).remove({ force: true, v: true });
  for (const { Name } of left(volumes)) await docker.getVolume(Name).remove();
  for (const { Id } of left(networks)) await docker.getNetwork(Id).remove();
}

/** A network without a way out, volumes and containers that live for one drill and leave nothing. */
export class DrillScratch {
  readonly place: DrillPlace;
  readonly #containers: string[] = [];

  private constructor(
    private readonly docker: Docker,
    private readonly volumes: readonly (DrillVolume & { name: string })[],
    network: string,
  ) {
    this.place = { network, instead: new Map(volumes.map(({ source, name }) => [source, name])) };
  }

  static async open(
    docker: Docker,
    stack: string,
    { volumes, backup }: { volumes: readonly DrillVolume[]; backup: ContainerInspectInfo },
  ): Promise<DrillScratch> {
    const name = `${stack}-drill-${randomBytes(3).toString("hex")}`;
    const Labels = { ...backup.Config.Labels, "berth.role": drillRole };
    const own = volumes.map((volume, index) => ({ ...volume, name: `${name}-${index}` }));
    const scratch = new DrillScratch(docker, own, name);
    await removeDrills(docker, stack);
    try {
      await docker.createNetwork({ Name: name, Internal: true, Labels });
      for (const volume of own) await docker.createVolume({ Name: volume.name, Labels });
      await scratch.#handOver(backup);
      return scratch;
    } catch (error) {
      await scratch.close();
      throw error;
    }
  }

  /** Starts what runs what another runs. */
  async start(info: ContainerInspectInfo): Promise<string> {
    const container = await this.docker.createContainer(twin(info, this.place));
    this.#containers.push(container.id);
    await container.start();
    return container.id;
  }

  /** Runs to its end what ran to its end. */
  async again(info: ContainerInspectInfo, write: (line: string) => void): Promise<number> {
    return runScratch(this.docker, twin(info, this.place), write);
  }

  /** Whether it becomes healthy within `seconds`; one that nobody asks is well while it runs. */
  async becomesWell(id: string, seconds = 180): Promise<boolean> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      const { State } = await this.docker.getContainer(id).inspect();
      const health = (State.Health as { Status: string } | undefined)?.Status ?? "none";
      if (State.Running && (health === "healthy" || health === "none")) return true;
      if (!State.Running || Date.now() > end) return false;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }

  async stop(id: string): Promise<void> {
    await this.docker.getContainer(id).remove({ force: true, v: true });
  }

  async close(): Promise<void> {
    for (const id of this.#containers) await this.stop(id).catch(() => undefined);
    for (const { name } of this.volumes)
      await this.docker
        .getVolume(name)
        .remove()
        .catch(() => undefined);
    await this.docker
      .getNetwork(this.place.network)
      .remove()
      .catch(() => undefined);
  }

  /** Docker makes volumes for root. */
  async #handOver({ Image, Config, HostConfig }: ContainerInspectInfo): Promise<void> {
    const [busybox = "busybox"] = Config.Entrypoint as string[];
    const folder = (index: number) => `/drill/${index}`;
    const commands = this.volumes.map(
      ({ owner }, index) =>
        `${busybox} chown ${owner} ${folder(index)}; ${busybox} chmod 0755 ${folder(index)}`,
    );
    const options: ContainerCreateOptions = {
      Image,
      User: "0:0",
      Entrypoint: [busybox, "sh", "-c", ["set -e", ...commands].join("\n")],
      Cmd: [],
      Labels: { ...Config.Labels, "berth.role": drillRole },
      HostConfig: {
        Mounts: [
          ...(HostConfig.Mounts ?? []).filter(({ Target }) => busybox.startsWith(`${Target}/`)),
          ...this.volumes.map(({ name }, index) => ({
            Type: "volume" as const,
            Source: name,
            Target: folder(index),
          })),
        ],
        CapDrop: ["ALL"],
        CapAdd: ["CHOWN", "FOWNER"],
        NetworkMode: "none",
      },
    };
    const code = await runScratch(this.docker, options, () => undefined);
    if (code !== 0) throw new Error("drill: volumes must be handed to their owners");
  }
}
