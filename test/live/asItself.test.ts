import assert from "node:assert/strict";
import { readFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, test, vi } from "vitest";
import { artifactLogin } from "../../components/hosts/gce/artifactRegistry.ts";
import { ecrLogin } from "../../components/hosts/ec2/ecr.ts";
import type { MachineLogin } from "../../lib/logins.ts";
import { loginsFor } from "../../toolchain/images/auth.ts";
import { ensureImages } from "../../toolchain/images/index.ts";
import { pullThere } from "../../toolchain/pullThere.ts";
import { startRegistry } from "../tools/privateRegistry.ts";
import { skipWhen } from "../tools/skip.ts";
import { until } from "../tools/wait.ts";
import { selfSigned } from "./selfSigned.ts";
import { booted, noStandin, silent, type Prepared } from "./sshRig.ts";

const skip = await noStandin();

const google = {
  host: "europe-west4-docker.pkg.dev",
  username: "oauth2accesstoken",
  password: "ya29.machine",
};
const amazon = {
  host: "123456789012.dkr.ecr.eu-central-1.amazonaws.com",
  username: "AWS",
  password: "ecr-machine",
};
const api = "api.ecr.eu-central-1.amazonaws.com";
const image = "acme/team/probe:1";

/** A machine to which its vendor's metadata service and registry answer, as they do in Google's and Amazon's clouds. */
describe("a machine of a cloud, and a run without any login", skipWhen(skip), () => {
  const held: AsyncDisposable[] = [];
  let machine: Prepared;
  let folder = "";

  beforeAll(async () => {
    machine = await booted({ name: "sshtest-as-itself" });
    const exec = (command: string) => machine.standin.exec(command);
    const { chain, key } = await selfSigned(api);
    const files = {
      "/etc/ssl/certs/ecr.pem": chain,
      "/root/ecr.pem": chain + key,
      "/root/services.py": await readFile(new URL("vendorServices.py", import.meta.url), "utf8"),
      "/etc/docker/daemon.json": JSON.stringify({ "insecure-registries": [google.host, amazon.host] }),
    };
    for (const [path, text] of Object.entries(files))
      await exec(
        `mkdir -p ${path.replace(/\/[^/]*$/, "")} && echo ${Buffer.from(text).toString("base64")} | base64 -d >${path}`,
      );
    await ensureImages(silent, ["busybox:1.37-musl"]);
    for (const one of [google, amazon]) {
      const registry = await startRegistry(one);
      held.push(registry);
      await registry.push("busybox:1.37-musl", image);
      const address = await registry.join(machine.standin.name);
      await exec(`echo '${address} ${one.host}' >>/etc/hosts
        iptables -t nat -A OUTPUT -p tcp -d ${address} --dport 80 -j DNAT --to-destination ${address}:5000`);
    }
    await exec(`printf '169.254.169.254 metadata.google.internal\\n127.0.0.1 ${api}\\n' >>/etc/hosts
      ip address add 169.254.169.254/32 dev lo
      systemctl restart docker && chmod 666 /var/run/docker.sock
      systemd-run --quiet --unit=vendor python3 /root/services.py ${google.password} ${amazon.password} /root/ecr.pem`);
    await until("the vendor's services", 60, () =>
      exec("curl -ks https://127.0.0.1/ >/dev/null && echo up").then(
        () => true,
        () => undefined,
      ),
    );
    // Nobody is logged in to anything here.
    folder = await mkdtemp(join(tmpdir(), "berth-nobody-"));
    vi.stubEnv("DOCKER_CONFIG", folder);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    for (const one of held) await one[Symbol.asyncDispose]();
    await machine[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const pull = (reference: string, login: MachineLogin, patience?: number) =>
    pullThere([reference], machine.ssh, {
      login: loginsFor(),
      machine: { login, images: [reference], ...(patience !== undefined && { patience }) },
      progress: silent,
    });

  /** What the machine would still hold of a token. */
  const kept = (token: string) =>
    machine.standin.exec(
      `grep -rlE '${token}|${Buffer.from(`:${token}`).toString("base64").slice(4, -4)}' /home /root/.docker /root/.ecr /tmp /var/tmp 2>/dev/null || true`,
    );

  test("gce: an image of Artifact Registry is pulled with the service account's token, of which nothing stays", async () => {
    const reference = `${google.host}/${image}`;
    await pull(reference, artifactLogin);
    await machine.standin.exec(`docker image inspect ${reference}`);
    assert.equal(await kept(google.password), "");
  });

  test("ec2: an image of ECR is pulled with the role's token, by the helper that is installed for it", async () => {
    const reference = `${amazon.host}/${image}`;
    await pull(reference, ecrLogin);
    await machine.standin.exec(`docker image inspect ${reference}`);
    assert.equal(await kept(amazon.password), "");
  });

  test("what the vendor refuses is told with what lets the machine in", async () => {
    await machine.standin.exec("systemctl stop vendor");
    const reference = `${google.host}/acme/team/other:1`;
    await assert.rejects(pull(reference, artifactLogin, 0), {
      message: new RegExp(
        `^images: ${reference} must be one that the machine may pull as itself, got "curl: .*"; gcloud artifacts repositories add-iam-policy-binding lets`,
      ),
    });
  });
});
