import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { homedir, tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { execa } from "execa";
import { GoogleAuth } from "google-auth-library";
import { parse } from "yaml";
import { beforeEach, describe, it } from "vitest";
import { fromDistribution } from "../tools/apt.ts";
import { testCa } from "../tools/certificates.ts";
import { docker } from "../tools/docker.ts";
import { openForge, textOf, type Forge } from "../tools/forge.ts";
import { startAws, withoutAws } from "../tools/moto.ts";
import { gitlabScript, runStep, stepsOf, workflowsFolder, type Step } from "../tools/pipeline.ts";
import { end, processesWith } from "../tools/processes.ts";
import { prepareImages } from "../tools/prepare.ts";
import { startRegistry } from "../tools/privateRegistry.ts";
import { fromPypi } from "../tools/pypi.ts";
import { skipWhen } from "../tools/skip.ts";

const root = join(import.meta.dirname, "../..");
const github = join(workflowsFolder, "github");
const gh = await fromDistribution("gh", ["gh"]);
const cli = await fromPypi("aws");
const noAws = skipWhen("missing" in cli ? `awscli can't be had: ${cli.missing}` : withoutAws);
const noGh = skipWhen("reason" in gh ? gh.reason : undefined);
const mark = "<!-- berth preview: prod -->";

/** What a job finds around it: a home, a place for what lasts as long as the job, and nothing of this process. */
let folder: string;
let environment: Record<string, string>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-steps-"));
  for (const name of ["home", "runner", "work"]) await mkdir(join(folder, name));
  environment = {
    PATH: process.env.PATH ?? "",
    HOME: join(folder, "home"),
    RUNNER_TEMP: join(folder, "runner"),
    GITHUB_ENV: join(folder, "runner/env"),
    GITHUB_REPOSITORY: "acme/site",
    GITHUB_REPOSITORY_OWNER: "acme",
    GITHUB_REF_NAME: "main",
  };
  return () => rm(folder, { recursive: true });
});
const work = () => join(folder, "work");

/** The one step of a file that a test is for. */
async function stepOf(file: string, which: (step: Step) => boolean): Promise<Step> {
  const found = (await stepsOf(join(github, file))).filter(which);
  assert.equal(found.length, 1, `${file} has ${found.length} such steps`);
  return found[0] ?? {};
}

describe("the action that every workflow begins with", () => {
  const action = (input: string) =>
    stepOf("actions/berth/action.yml", (step) => step.if === `inputs.${input} != ''`);

  /** The tokens that were given, each once and for the audience that was asked for, and what they were exchanged for. */
  let tokens: string[];
  let exchanged: string[];
  let cloud: string;
  beforeEach(async () => {
    [tokens, exchanged] = [[], []];
    const respond = ({ url = "", headers }: IncomingMessage, body: string): [number, object] => {
      const { pathname, searchParams } = new URL(url, "http://localhost");
      if (pathname === "/token") {
        if (headers.authorization?.toLowerCase() !== "bearer of-the-job") return [401, {}];
        const value = `${tokens.length} for ${searchParams.get("audience")}`;
        tokens.push(value);
        return [200, { value }];
      }
      if (pathname === "/sts") {
        exchanged.push(new URLSearchParams(body).get("subject_token") ?? "");
        const type = "urn:ietf:params:oauth:token-type:access_token";
        const given = { access_token: "federated", issued_token_type: type, token_type: "Bearer" };
        return [200, { ...given, expires_in: 3600 }];
      }
      const expireTime = new Date(Date.now() + 3_600_000).toISOString();
      const may = headers.authorization === "Bearer federated";
      return may ? [200, { accessToken: `${pathname} as of`, expireTime }] : [401, {}];
    };
    const server = createServer((request, response) => {
      void textOf(request).then((body) => {
        const [status, value] = respond(request, body);
        response.writeHead(status, { "content-type": "application/json" });
        response.end(JSON.stringify(value));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cloud = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    environment.ACTIONS_ID_TOKEN_REQUEST_URL = `${cloud}/token?api-version=1`;
    environment.ACTIONS_ID_TOKEN_REQUEST_TOKEN = "of-the-job";
    return () => {
      server.closeAllConnections();
      server.close();
    };
  });

  it("stops a job that has no place for the state", async () => {
    const step = await stepOf("actions/berth/action.yml", (one) => one.if === "inputs.state == ''");
    const run = runStep(step, { context: {}, cwd: work(), environment });
    await assert.rejects(run, /::error::PULUMI_BACKEND_URL must be set .*, got nothing/);
  });

  const role = { "inputs.aws-role": "arn:aws:iam::123456789012:role/deploy" };

  it("has AWS give a role's keys for a token of each time, for one lives for minutes", noAws, async () => {
    const aws = await startAws();
    try {
      assert.ok("program" in cli);
      const { exported } = await runStep(await action("aws-role"), {
        context: role,
        cwd: work(),
        environment,
      });
      // Amazon's own library finds what gives the keys, and that Amazon's own command.
      const env = {
        ...environment,
        ...exported,
        PATH: [dirname(cli.program), environment.PATH].join(delimiter),
        ...{ AWS_ENDPOINT_URL: aws.url, AWS_DEFAULT_REGION: "eu-central-1" },
      };
      for (const count of [1, 2]) {
        const { stdout } = await execa(aws.python, ["-c", whoAmI], { env, extendEnv: false });
        assert.equal(stdout, "arn:aws:sts::123456789012:assumed-role/deploy");
        assert.equal(tokens.length, count);
      }
      assert.deepEqual(tokens, ["0 for sts.amazonaws.com", "1 for sts.amazonaws.com"]);
      const kept = await execa("grep", ["-rl", "for sts", folder], { reject: false });
      assert.equal(kept.stdout, "", "a token is in a file");
      const refused = { ...env, ACTIONS_ID_TOKEN_REQUEST_TOKEN: "another" };
      const failed = execa(aws.python, ["-c", whoAmI], { env: refused, extendEnv: false });
      await assert.rejects(failed, /curl: \(22\).* 401/);
    } finally {
      aws.close();
    }
  });

  it("has Google's own library exchange a token of each time, and tells gcloud of it", async () => {
    const provider = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/a/providers/b";
    const account = "deploy@acme.iam.gserviceaccount.com";
    const context = { "inputs.google-provider": provider, "inputs.google-account": account };
    const { exported } = await runStep(await action("google-provider"), {
      context,
      cwd: work(),
      environment,
    });
    const { GOOGLE_APPLICATION_CREDENTIALS: file = "" } = exported;
    assert.equal(exported.CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE, file);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const text = await readFile(file, "utf8");
    const { token_url: sts, service_account_impersonation_url: impersonation } = JSON.parse(text) as {
      token_url: string;
      service_account_impersonation_url: string;
    };
    assert.equal(sts, "https://sts.googleapis.com/v1/token");
    assert.equal(
      impersonation,
      `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${account}:generateAccessToken`,
    );
    // Google itself can't be asked here.
    await writeFile(file, text.replace(sts, `${cloud}/sts`).replace(impersonation, `${cloud}/${account}`));
    for (const count of [1, 2]) {
      const auth = new GoogleAuth({
        keyFile: file,
        scopes: "https://www.googleapis.com/auth/cloud-platform",
      });
      assert.equal(await auth.getAccessToken(), `/${account} as of`);
      assert.equal(tokens.length, count);
    }
    assert.deepEqual(exchanged, tokens);
    assert.equal(tokens[0], `0 for https:${provider}`);
  });

  it("has ssh offer the key from memory, and keeps it in no file", async () => {
    const key = join(folder, "key");
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "deploys", "-f", key]);
    const context = { "inputs.ssh-key": await readFile(key, "utf8") };
    await runStep(await action("ssh-key"), { context, cwd: work(), environment });
    const config = join(folder, "home/.ssh/config");
    const { stdout: understood } = await execa("ssh", ["-F", config, "-G", "server.example"]);
    const [, socket = ""] = /^identityagent (.+)$/m.exec(understood) ?? [];
    const { stdout: held } = await execa("ssh-add", ["-L"], { env: { SSH_AUTH_SOCK: socket } });
    assert.equal(held, (await readFile(`${key}.pub`, "utf8")).trim());
    for (const pid of await processesWith(socket)) end(pid);
    await rm(key);
    const kept = await execa("grep", ["-rl", "PRIVATE KEY", folder], { reject: false });
    assert.equal(kept.stdout, "");
  });
});

describe("a preview's comment", () => {
  /** Other people's, one of whom begins as a preview does. */
  const earlier = ["looks good to me", "please rebase", `${mark} is what I would write`];
  const people = { user: { login: "mona" }, author: { id: 1 } };

  it("is written once and renewed after, past other people's, on GitHub", noGh, async () => {
    const ca = await testCa();
    const forge = await openForge(await ca.issue(["localhost"]));
    try {
      for (const body of earlier) forge.comments.push({ id: 100 + forge.comments.length, body, ...people });
      await writeFile(join(folder, "ca.pem"), ca.root + ca.intermediate);
      const step = await stepOf("workflows/preview.yml", ({ id }) => id === "comment");
      const context = { "github.token": "of-the-job", "github.event.number": "7" };
      await comments(forge, "runner/comment.md", () =>
        runStep(step, {
          context,
          cwd: work(),
          environment: { ...environment, ...enterprise(forge, folder) },
        }),
      );
      assert.deepEqual([...forge.credentials], ["token of-the-job"]);
    } finally {
      await forge.close();
      await ca.close();
    }
  });

  it("is written once and renewed after, past other people's, on GitLab", async () => {
    const forge = await openForge();
    try {
      for (const body of earlier) forge.comments.push({ id: 100 + forge.comments.length, body, ...people });
      const script = await gitlabScript(join(workflowsFolder, "gitlab/.gitlab-ci.yml"), "preview");
      const written = script.indexOf("if [ -s comment.md ]");
      await mkdir(join(folder, "keep"));
      const env = {
        PATH: environment.PATH ?? "",
        CI_API_V4_URL: `http://${forge.host}/api/v4`,
        CI_PROJECT_ID: "1",
        CI_MERGE_REQUEST_IID: "7",
        GITLAB_TOKEN: "glpat-bot",
        keep: join(folder, "keep"),
        failed: "0",
      };
      await comments(forge, "work/comment.md", () =>
        execa("bash", ["-eo", "pipefail", "-c", script.slice(written)], {
          cwd: work(),
          env,
          extendEnv: false,
        }),
      );
      assert.deepEqual([...forge.credentials], ["glpat-bot"]);
    } finally {
      await forge.close();
    }
  });

  /** Writes a comment as `berth preview --markdown` does, twice, and looks what is there in the end. */
  async function comments(forge: Forge, file: string, post: () => Promise<unknown>): Promise<void> {
    for (const text of ["3 to create", "nothing changes & 100 % sure"]) {
      await writeFile(join(folder, file), `${mark}\n## Preview\n\n${text}\n`);
      await post();
    }
    assert.deepEqual(
      forge.comments.map(({ body }) => body.trim()),
      [...earlier, `${mark}\n## Preview\n\nnothing changes & 100 % sure`],
    );
  }

  it("that there is none of is none", async () => {
    const step = await stepOf("workflows/preview.yml", ({ id }) => id === "comment");
    await writeFile(join(folder, "runner/comment.md"), "");
    const context = { "github.token": "of-the-job", "github.event.number": "7" };
    const { output } = await runStep(step, { context, cwd: work(), environment });
    assert.equal(output, "");
  });
});

describe("a job's change of the lock file", () => {
  const git = (...args: string[]) => execa("git", args, { cwd: work() });
  const remote = () => join(folder, "acme/site.git");
  const locked = '{ "version": 1, "images": {} }\n';

  beforeEach(async () => {
    await execa("git", ["init", "--quiet", "--bare", "--initial-branch", "main", remote()]);
    await execa("git", ["-C", remote(), "config", "receive.advertisePushOptions", "true"]);
    await git("init", "--quiet", "--initial-branch", "main");
    await git("remote", "add", "origin", remote());
    await writeFile(join(work(), "berth.lock.json"), locked);
    await git("add", "berth.lock.json");
    await git(
      "-c",
      "user.name=a",
      "-c",
      "user.email=a@acme.example",
      "commit",
      "--quiet",
      "--message",
      "Begin",
    );
    await git("push", "--quiet", "origin", "main");
  });
  const change = (digest: string) => writeFile(join(work(), "berth.lock.json"), locked.replace("{}", digest));
  const onBranch = async (branch: string) =>
    (await execa("git", ["-C", remote(), "show", `${branch}:berth.lock.json`])).stdout;

  it("makes one pull request, renewed by the next, and none of nothing", noGh, async () => {
    const ca = await testCa();
    const forge = await openForge(await ca.issue(["localhost"]));
    try {
      await writeFile(join(folder, "ca.pem"), ca.root + ca.intermediate);
      const step = await stepOf("actions/propose/action.yml", ({ run }) => run !== undefined);
      const context = {
        "inputs.branch": "berth/lock",
        "inputs.files": "berth.lock.json\n",
        "inputs.token": "of-the-job",
      };
      const propose = (title: string) =>
        runStep(step, {
          context: { ...context, "inputs.title": title },
          cwd: work(),
          environment: { ...environment, ...enterprise(forge, folder) },
        });
      assert.match((await propose("Release 0")).output, /^nothing has changed$/m);
      assert.deepEqual(forge.pulls, []);
      await change('{ "nginx:1.30": "sha256:1" }');
      assert.match((await propose("Release 1")).output, /\/pull\/1/);
      await git("reset", "--quiet", "--hard", "main~0");
      await change('{ "nginx:1.30": "sha256:2" }');
      await propose("Release 2");
      assert.deepEqual(forge.pulls, [{ number: 1, head: "berth/lock", base: "main", title: "Release 2" }]);
      assert.match(await onBranch("berth/lock"), /sha256:2/);
      assert.equal(await onBranch("main"), locked.trim());
    } finally {
      await forge.close();
      await ca.close();
    }
  });

  it("makes one merge request by what it pushes with, on GitLab", async () => {
    const hook = join(remote(), "hooks/post-receive");
    await writeFile(
      hook,
      `#!/bin/sh\nfor n in 0 1 2; do eval "echo \\"\\$GIT_PUSH_OPTION_$n\\""; done > "${folder}/options"\n`,
      { mode: 0o755 },
    );
    const script = await gitlabScript(join(workflowsFolder, "gitlab/.gitlab-ci.yml"), "lock");
    const env = {
      PATH: environment.PATH ?? "",
      HOME: environment.HOME ?? "",
      CI_SERVER_URL: `file://${folder}`,
      CI_SERVER_HOST: "gitlab.example",
      CI_PROJECT_PATH: "acme/site",
      CI_DEFAULT_BRANCH: "main",
      GITLAB_TOKEN: "glpat-bot",
    };
    const propose = () =>
      execa("bash", ["-eo", "pipefail", "-c", script.slice(script.indexOf("git add"))], {
        cwd: work(),
        env,
        extendEnv: false,
      });
    assert.match((await propose()).stdout, /^nothing has changed$/m);
    await change('{ "nginx:1.30": "sha256:3" }');
    await propose();
    assert.match(await onBranch("berth/lock"), /sha256:3/);
    assert.deepEqual((await readFile(join(folder, "options"), "utf8")).trim().split("\n"), [
      "merge_request.create",
      "merge_request.target=main",
      "merge_request.title=Lock what the tags of images mean now",
    ]);
    const { stdout } = await execa("grep", ["-r", "glpat-bot", work()], { reject: false });
    assert.equal(stdout, "", "the token is in a file");
  });
});

describe("an image that a job builds", () => {
  it("is pushed, named in the stack's file and locked by its digest", async () => {
    const others = ["busybox:1.37-musl", "nginx:1.30"];
    await prepareImages(others);
    const user = { username: "acme", password: "of-the-job" };
    await using registry = await startRegistry(user);
    for (const name of others) await registry.push(name, `library/${name}`);
    const checkout = join(work(), "site");
    await cp(root, checkout, { recursive: true, filter: (path) => !isForeign(basename(path)) });
    await symlink(join(root, "node_modules"), join(checkout, "node_modules"));
    await writeFile(join(checkout, "Pulumi.prod.yaml"), stackFile(registry.host));
    await mkdir(join(checkout, "app"));
    await writeFile(join(checkout, "app/Dockerfile"), 'FROM busybox:1.37-musl\nCMD ["httpd", "-f"]\n');
    const sha = "0123456789abcdef0123456789abcdef01234567";
    const image = `${registry.host}/acme/site/backend`;
    const around = {
      ...environment,
      XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"),
      DOCKER_CONFIG: join(folder, "home/docker"),
      GITHUB_ACTOR: user.username,
      GITHUB_SHA: sha,
    };
    await mkdir(join(folder, "state"));
    const context = {
      "github.repository": "acme/site",
      "github.token": user.password,
      "vars.PULUMI_BACKEND_URL": `file://${folder}/state`,
      "secrets.PULUMI_CONFIG_PASSPHRASE": "a passphrase",
    };
    const steps = await stepsOf(join(github, "workflows/images.yml"));
    const run = (id: string, before = "") => {
      const { run: script = "", env, ...step } = steps.find((one) => one.id === id) ?? {};
      const here = { ...env, REGISTRY: registry.host, IMAGE: `${registry.host}/Acme/Site` };
      const options = { context, cwd: checkout, environment: around };
      return runStep({ ...step, env: here, run: before + script }, options);
    };
    try {
      await run("push");
      // The stack is there since its first `up`.
      await run(
        "lock",
        'eval "$(npm run -s berth -- env --stack "$STACK")"\npulumi stack init --stack prod\n',
      );
      const { RepoDigests: digests } = await docker.getImage(`${image}:${sha}`).inspect();
      const text = await readFile(join(checkout, "Pulumi.prod.yaml"), "utf8");
      assert.match(text, /# two of them, for releases\n/);
      const { config } = parse(text) as { config: Record<string, unknown> };
      assert.deepEqual(config["berth:images"], { backend: `${image}:${sha}` });
      const lock = JSON.parse(await readFile(join(checkout, "berth.lock.json"), "utf8")) as {
        images: Record<string, string>;
      };
      assert.deepEqual(digests, [`${image}@${lock.images[`${image}:${sha}`]}`]);
    } finally {
      await docker.getImage(`${image}:${sha}`).remove({ force: true });
    }
  });

  /** Of images that aren't the job's, the mirror knows what the tags mean. */
  const stackFile = (mirror: string): string => `config:
  berth:system: loc8
  berth:host: { kind: local }
  berth:registry: { mirror: "${mirror}" }
  berth:optional: { postgres: false, redis: false }
  berth:replicas:
    backend: 2 # two of them, for releases
`;
});

/** What a fresh checkout hasn't, and the stacks of this one. */
function isForeign(name: string): boolean {
  return [".git", "node_modules", "dist"].includes(name) || /^Pulumi\..+\.yaml$/.test(name);
}

/** Where `gh` finds a stand-in, as it finds a GitHub of somebody's own. */
function enterprise({ host }: Forge, folder: string): Record<string, string> {
  return { GH_HOST: host, GH_ENTERPRISE_TOKEN: "of-the-job", SSL_CERT_FILE: join(folder, "ca.pem") };
}

/** The role that boto3's own chain of credentials ends in; its session's name is made up anew each time. */
const whoAmI = `import boto3
print(boto3.client("sts").get_caller_identity()["Arn"].rsplit("/", 1)[0])
`;
