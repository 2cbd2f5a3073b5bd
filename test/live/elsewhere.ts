import { docker } from "../tools/docker.ts";
import { until } from "../tools/wait.ts";

const image = "quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z";

/** S3-compatible storage that isn't the system's own: a server beside it that outlives it, found as `elsewhere`. */
export class Elsewhere {
  readonly settings: string[];
  readonly #id: string;

  private constructor(id: string, settings: string[]) {
    this.#id = id;
    this.settings = settings;
  }

  static async open(): Promise<Elsewhere> {
    const [key, secret] = ["backup-key", "backup-secret-of-a-test"];
    const { id } = await docker.createContainer({
      Image: image,
      Cmd: ["server", "/data"],
      User: "0:0",
      Env: [`MINIO_ROOT_USER=${key}`, `MINIO_ROOT_PASSWORD=${secret}`],
      HostConfig: { Tmpfs: { "/data": "size=512m" }, NetworkMode: "bridge" },
      Labels: { "berth-test": "elsewhere" },
    });
    await docker.getContainer(id).start();
    const settings = [
      "backup.to=s3:http://elsewhere:9000/backups/docsai",
      `backup.accessKey=${key}`,
      `backup.secretKey=${secret}`,
    ];
    return new Elsewhere(id, settings);
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

  async leave(network: string): Promise<void> {
    await docker.getNetwork(network).disconnect({ Container: this.#id, Force: true });
  }

  async close(): Promise<void> {
    await docker.getContainer(this.#id).remove({ force: true, v: true });
  }
}
