import { docker, exec } from "../tools/docker.ts";
import { until } from "../tools/wait.ts";

export const storageImage = "quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z";

const [key, secret] = ["backup-key", "backup-secret-of-a-test"];

/** S3-compatible storage that isn't the system's own: a server beside it that outlives it, found as `elsewhere`. */
export class Elsewhere {
  readonly #id: string;

  private constructor(id: string) {
    this.#id = id;
  }

  /** What a stack says of it, which finds it by its name or an address. */
  settings(host = "elsewhere"): string[] {
    return [
      `backup.to=s3:http://${host}:9000/backups/docsai`,
      `backup.accessKey=${key}`,
      `backup.secretKey=${secret}`,
    ];
  }

  /** It keeps what it has in memory, up to half a gigabyte, or `onDisk`. */
  static async open({ onDisk = false } = {}): Promise<Elsewhere> {
    const { id } = await docker.createContainer({
      Image: storageImage,
      Cmd: ["server", "/data"],
      User: "0:0",
      Env: [`MINIO_ROOT_USER=${key}`, `MINIO_ROOT_PASSWORD=${secret}`],
      HostConfig: { NetworkMode: "bridge", ...(!onDisk && { Tmpfs: { "/data": "size=512m" } }) },
      Labels: { "berth-test": "elsewhere" },
    });
    await docker.getContainer(id).start();
    return new Elsewhere(id);
  }

  /** Lets what is in a network reach it, once that is there. */
  async join(network: string): Promise<void> {
    const EndpointConfig = { Aliases: ["elsewhere"] };
    await docker.getNetwork(network).connect({ Container: this.#id, EndpointConfig });
    await until("storage to run", 30, async () => {
      const { State } = await docker.getContainer(this.#id).inspect();
      return State.Running || undefined;
    });
  }

  /** Where machines on a network reach it. */
  async address(network: string): Promise<string> {
    const { NetworkSettings } = await docker.getContainer(this.#id).inspect();
    return NetworkSettings.Networks[network]?.IPAddress ?? "";
  }

  /** Loses the largest piece of what it was given, and has it again by `back`. */
  async loseLargest(): Promise<{ back: () => Promise<void> }> {
    const data = "/data/backups/docsai/data";
    const path = await this.#shell(`du -s ${data}/*/* | sort -n | tail -n 1 | cut -f 2`);
    await this.#shell(`mv '${path}' /tmp/lost`);
    return {
      back: async () => {
        await this.#shell(`mv /tmp/lost '${path}'`);
      },
    };
  }

  async #shell(command: string): Promise<string> {
    const { code, output } = await exec(this.#id, ["sh", "-c", command]);
    if (code !== 0) throw new Error(output);
    return output.trim();
  }

  async leave(network: string): Promise<void> {
    await docker.getNetwork(network).disconnect({ Container: this.#id, Force: true });
  }

  async close(): Promise<void> {
    await docker.getContainer(this.#id).remove({ force: true, v: true });
  }
}
