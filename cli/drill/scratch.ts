import { randomBytes } from "node:crypto";
import type Docker from "dockerode";
import { created } from "../docker/created.ts";
import type { ContainerCreateOptions, ContainerInspectInfo } from "dockerode";
import { owned, roleOf, type Labelled } from "../docker/owned.ts";
import { runScratch } from "../restore/scratch.ts";
import type { DrillVolume } from "./data.ts";
import { drillRole, twin, type DrillPlace } from "./twin.ts";

/** All that drills of a stack have made, also what one that was killed has left. Returns how many things there were. */
async function removeDrills(docker: Docker, stack: string): Promise<number> {
  const { containers, volumes, networks } = await owned(docker, stack);
  const left = <One extends Labelled>(all: One[]) => all.filter((one) => roleOf(one) === drillRole);
  for (const { Id } of left(containers)) await docker.getContainer(Id).remove({ force: true, v: true });
  for (const { Name } of left(volumes)) await docker.getVolume(Name).remove();
  for (const { Id } of left(networks)) await docker.getNetwork(Id).remove();
  return [containers, volumes, networks].flatMap((all) => left<Labelled>(all)).length;
}

/** A network without a way out, volumes and containers that live for one drill and leave nothing. */
export class DrillScratch {
  readonly place: DrillPlace;
  readonly #volumes: readonly (DrillVolume & { name: string })[];
  #closing: Promise<void> | undefined;

  constructor(
    private readonly docker: Docker,
    private readonly stack: string,
    volumes: readonly DrillVolume[],
  ) {
    const network = `${stack}-drill-${randomBytes(3).toString("hex")}`;
    this.#volumes = volumes.map((volume, index) => ({ ...volume, name: `${network}-${index}` }));
    this.place = { network, instead: new Map(this.#volumes.map(({ source, name }) => [source, name])) };
  }

  /** Makes what everything else is in. Whatever becomes of it, `close` has to follow. */
  async open(backup: ContainerInspectInfo): Promise<void> {
    const Labels = { ...backup.Config.Labels, "berth.role": drillRole };
    await removeDrills(this.docker, this.stack);
    await this.docker.createNetwork({ Name: this.place.network, Internal: true, Labels });
    for (const { name } of this.#volumes) await this.docker.createVolume({ Name: name, Labels });
    await this.#handOver(backup);
  }

  /** Starts what runs what another runs. */
  async start(info: ContainerInspectInfo): Promise<string> {
    const container = await created(this.docker, twin(info, this.place));
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

  /** Once, whoever asks: ^C asks while the drill is at work, and what that is making then is there a moment later. */
  close(): Promise<void> {
    this.#closing ??= this.#remove();
    return this.#closing;
  }

  async #remove(): Promise<void> {
    for (let attempt = 0; attempt < 10; attempt++) {
      const found = await removeDrills(this.docker, this.stack).catch(() => 1);
      if (found === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** Docker makes volumes for root. */
  async #handOver({ Image, Config, HostConfig }: ContainerInspectInfo): Promise<void> {
    const [busybox = "busybox"] = Config.Entrypoint as string[];
    const folder = (index: number) => `/drill/${index}`;
    const commands = this.#volumes.map(
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
          ...this.#volumes.map(({ name }, index) => ({
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
