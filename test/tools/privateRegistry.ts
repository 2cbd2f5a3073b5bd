import { execa } from "execa";
import { ensureImages } from "../../toolchain/images/index.ts";
import { follow } from "../../toolchain/images/engine.ts";
import { parseReference } from "../../lib/reference.ts";
import { plainProgress } from "../../toolchain/progress.ts";
import { docker } from "./docker.ts";
import { until } from "./wait.ts";

const image = "berth-test/registry:1";

/** Debian's registry, which nobody reads without the one login it is started with. */
const dockerfile = `FROM berth/base:bookworm
RUN apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install docker-registry apache2-utils \\
 && rm -rf /var/lib/apt/lists/*
ENV REGISTRY_AUTH=htpasswd REGISTRY_AUTH_HTPASSWD_REALM=private REGISTRY_AUTH_HTPASSWD_PATH=/tmp/htpasswd \\
    REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=/tmp/registry REGISTRY_HTTP_ADDR=:5000
ENTRYPOINT ["sh", "-c", "htpasswd -Bbn \\"$0\\" \\"$1\\" >/tmp/htpasswd && exec docker-registry serve /etc/docker/registry/config.yml"]
`;

export interface PrivateRegistry extends AsyncDisposable {
  /** As references name it: an address for which Docker asks no certificate. */
  readonly host: string;
  /** Puts an image that this machine has there, under another name, and returns the reference. */
  push(source: string, name: string): Promise<string>;
  /** Joins a network of Docker's, and returns its address there, where it answers on port 5000. */
  join(network: string): Promise<string>;
  /** All that it has logged. */
  log(): Promise<string>;
}

/** Starts one on a free port of this machine; gone with all it holds at the end of the scope that holds it. */
export async function startRegistry(login: { username: string; password: string }): Promise<PrivateRegistry> {
  await ensureImages(
    plainProgress((line) => process.stderr.write(line)),
    ["berth/base:bookworm"],
  );
  await execa("docker", ["build", "--quiet", "--network", "host", "--tag", image, "-"], {
    input: dockerfile,
  });
  const container = await docker.createContainer({
    Image: image,
    Cmd: [login.username, login.password],
    Labels: { "berth.test": "registry" },
    HostConfig: { PortBindings: { "5000/tcp": [{ HostIp: "127.0.0.1", HostPort: "" }] } },
    ExposedPorts: { "5000/tcp": {} },
  });
  const pushed: string[] = [];
  const remove = async (): Promise<void> => {
    await container.remove({ force: true, v: true });
    for (const reference of pushed)
      await docker
        .getImage(reference)
        .remove()
        .catch(() => undefined);
  };
  try {
    await container.start();
    const { NetworkSettings: network } = await container.inspect();
    const host = `127.0.0.1:${network.Ports["5000/tcp"]?.[0]?.HostPort ?? ""}`;
    await until(
      "the registry's first answer",
      60,
      // Docker's proxy takes a connection before anybody listens behind it, and the question may hang there.
      async () => (await fetch(`http://${host}/v2/`, { signal: AbortSignal.timeout(5_000) })).status === 401,
    );
    return {
      host,
      push: async (source, name) => {
        const { repository, tag } = parseReference(name);
        const repo = `${host}/${repository}`;
        await docker.getImage(source).tag({ repo, tag });
        pushed.push(`${repo}:${tag}`);
        const stream = await docker
          .getImage(`${repo}:${tag}`)
          .push({ authconfig: { ...login, serveraddress: host } });
        await follow(docker, stream);
        // A pull has to fetch it then.
        await docker.getImage(`${repo}:${tag}`).remove();
        return `${repo}:${tag}`;
      },
      join: async (network) => {
        await docker.getNetwork(network).connect({ Container: container.id });
        const { NetworkSettings: joined } = await container.inspect();
        return joined.Networks[network]?.IPAddress ?? "";
      },
      log: async () => (await container.logs({ stdout: true, stderr: true })).toString(),
      [Symbol.asyncDispose]: remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
