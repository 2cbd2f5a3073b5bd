import assert from "node:assert/strict";
import { docker, exec } from "./docker.ts";
import { prepareImages } from "./prepare.ts";
import { until } from "./wait.ts";

const image = "quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z";
const [key, secret] = ["somebody", "quite/secret"];

export interface OutsideBucket extends AsyncDisposable {
  /** As `external` takes it. */
  url: string;
  /** What it holds, by name. */
  names(): Promise<string[]>;
}

/**
 * Somebody's S3 server with one bucket, found by containers and by this machine under one address of this machine's: that of
 * Docker's own bridge unless another is given.
 */
export async function startBucket(name: string, given?: string): Promise<OutsideBucket> {
  await prepareImages([image]);
  const address = given ?? (await bridgeAddress());
  const container = await docker.createContainer({
    Image: image,
    Cmd: ["server", "/data"],
    Env: [`MINIO_ROOT_USER=${key}`, `MINIO_ROOT_PASSWORD=${secret}`],
    Labels: { "berth.test": "bucket" },
    HostConfig: { PortBindings: { "9000/tcp": [{ HostIp: address, HostPort: "" }] } },
    ExposedPorts: { "9000/tcp": {} },
  });
  const ask = async (...words: string[]): Promise<string> => {
    const login = ["--user", `${key}:${secret}`, "--aws-sigv4", "aws:amz:us-east-1:s3"];
    const { code, output } = await exec(container.id, ["curl", "-sSf", ...login, ...words]);
    assert.equal(code, 0, output);
    return output;
  };
  const inside = `http://127.0.0.1:9000/${name}`;
  const remove = () => container.remove({ force: true, v: true });
  try {
    await container.start();
    await until("the bucket", 60, () => ask("-X", "PUT", inside).then(() => true));
    const { NetworkSettings } = await container.inspect();
    const port = NetworkSettings.Ports["9000/tcp"]?.[0]?.HostPort ?? "";
    return {
      url: `http://${key}:${encodeURIComponent(secret)}@${address}:${port}/${name}`,
      names: async () =>
        [...(await ask(`${inside}?list-type=2`)).matchAll(/<Key>(.*?)<\/Key>/g)].map(
          ([, found = ""]) => found,
        ),
      [Symbol.asyncDispose]: remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function bridgeAddress(): Promise<string> {
  const bridge = (await docker.getNetwork("bridge").inspect()) as {
    IPAM: { Config: { Gateway?: string }[] };
  };
  return bridge.IPAM.Config.find(({ Gateway }) => Gateway !== undefined)?.Gateway ?? "172.17.0.1";
}
