import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, it, test } from "vitest";
import { parseSettings } from "../../settings.ts";
import { SettingsError } from "../../lib/problems.ts";
import { withStored } from "../../stack/storedSecrets.ts";
import { Berth } from "../tools/berth.ts";
import { exec } from "../tools/docker.ts";
import { startGoogle, type Google } from "../tools/google.ts";
import { startAws, withoutAws, type Aws } from "../tools/moto.ts";
import { leaks, searched } from "../tools/secrets.ts";
import { skipWhen } from "../tools/skip.ts";
import { freePort, LiveStack } from "../tools/stack.ts";

const run = promisify(execFile);

const before = { ...process.env };
let google: Google;
const project = (name: string) => `projects/my-project-1/secrets/${name}`;

/** What the program makes of one secret: its value, or what it says. */
async function read(stored: object, seconds?: number): Promise<string> {
  const settings = parseSettings({ system: "loc8", secrets: { backend: { KEY: stored } } });
  try {
    const { services } = await withStored(settings, undefined, seconds);
    const found = services.backend?.secrets?.KEY;
    assert.ok(found !== undefined && "value" in found);
    return found.value;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.problems.join("\n");
  }
}

beforeAll(async () => {
  google = await startGoogle();
});
beforeEach(() => {
  const plain = Object.entries(before).filter(([name]) => !/^(?:AWS|GOOGLE|CLOUDSDK)_/.test(name));
  process.env = {
    ...Object.fromEntries(plain),
    AWS_EC2_METADATA_DISABLED: "true",
    METADATA_SERVER_DETECTION: "none",
  };
});
afterAll(async () => {
  process.env = before;
  await google.close();
});

describe(
  "AWS Secrets Manager, as moto speaks it and Amazon's own Python client fills it",
  skipWhen(withoutAws),
  () => {
    let aws: Aws;
    let arn: string;
    let version: string;
    const place = "secrets.backend.KEY: must be readable in AWS Secrets Manager";

    beforeAll(async () => {
      aws = await startAws();
      [arn = "", version = ""] = await amazon(
        aws,
        `text = '{"apiKey": "sk é", "port": 25, "deep": {"a": 1}, "none": ""}'
print(c.create_secret(Name="prod/stripe", SecretString=text)["ARN"])
print(c.create_secret(Name="prod/plain", SecretString="first")["VersionId"])
c.put_secret_value(SecretId="prod/plain", SecretString=" second\\n")
c.create_secret(Name="prod/binary", SecretBinary=b"\\x00\\xff")
c.create_secret(Name="prod/gone", SecretString="x")
c.delete_secret(SecretId="prod/gone")`,
      );
    });
    beforeEach(() => {
      Object.assign(process.env, aws.environment);
    });
    afterAll(() => {
      aws.close();
    });

    it("gives a whole value, a property of one, and the version that is named", async () => {
      assert.equal(await read({ store: "aws", name: "prod/plain" }), " second\n");
      assert.equal(await read({ store: "aws", name: "prod/plain", version }), "first");
      assert.equal(await read({ store: "aws", name: "prod/stripe", property: "apiKey" }), "sk é");
      assert.equal(await read({ store: "aws", name: "prod/stripe", property: "port" }), "25");
    });

    it("finds the region in an ARN, and is told it where nothing else says it", async () => {
      delete process.env.AWS_REGION;
      assert.match(await read({ store: "aws", name: arn }), /^\{"apiKey"/);
      assert.equal(await read({ store: "aws", name: "prod/plain", region: "us-east-1" }), " second\n");
      assert.equal(
        await read({ store: "aws", name: "prod/plain" }),
        `${place} (prod/plain), got no region; set region beside name, or AWS_REGION`,
      );
    });

    it("says what is wrong with a value, and not what it is", async () => {
      const got = (name: string, more: object = {}) => read({ store: "aws", name, ...more });
      assert.equal(
        await got("prod/none"),
        `${place} (prod/none), got no such secret there, or one without a value; correct name or region, or make it there`,
      );
      assert.equal(
        await got("prod/plain", { version: "0".repeat(32) }),
        `${place} (prod/plain), got no such secret or version there; correct name, version or region`,
      );
      assert.equal(
        await got("prod/gone"),
        `${place} (prod/gone), got a secret that is to be deleted; restore it there, or name another`,
      );
      assert.equal(
        await got("prod/binary"),
        `${place} (prod/binary), got a binary value; store it there as text`,
      );
      const stripe = `${place} (prod/stripe), got`;
      assert.equal(
        await got("prod/stripe", { property: "apikey" }),
        `${stripe} no property "apikey"; correct property, or the value there`,
      );
      assert.equal(
        await got("prod/stripe", { property: "deep" }),
        `${stripe} a property "deep" that is no text; correct property, or the value there`,
      );
      assert.equal(
        await got("prod/stripe", { property: "none" }),
        `${stripe} an empty value; give it one there`,
      );
      assert.equal(
        await got("prod/plain", { property: "apiKey" }),
        `${place} (prod/plain), got a value that is no JSON object; leave out property, or store an object there`,
      );
    });

    it("says which credentials it looks for, and that nobody answers", async () => {
      process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${await freePort()}`;
      assert.equal(
        await read({ store: "aws", name: "prod/plain" }),
        `${place} (prod/plain), got no answer (ECONNREFUSED); see that this machine reaches it, and run again`,
      );
      delete process.env.AWS_ACCESS_KEY_ID;
      process.env.AWS_SHARED_CREDENTIALS_FILE = process.env.AWS_CONFIG_FILE = "/nowhere";
      assert.match(
        await read({ store: "aws", name: "prod/plain" }),
        /got no credentials; give them as AWS's tools find them, such as AWS_PROFILE, or AWS_ACCESS_KEY_ID/,
      );
    });

    it("waits no longer than it says, and says what AWS refuses", async () => {
      // moto lets everybody in; this says no in Amazon's form.
      let refusal: string | undefined;
      const server = createServer((_, response) => {
        if (refusal === undefined) return;
        response.writeHead(400, { "content-type": "application/x-amz-json-1.1" });
        response.end(
          JSON.stringify({ __type: refusal, message: "User: arn:aws:iam::1:user/x is not authorized" }),
        );
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const began = performance.now();
      assert.match(
        await read({ store: "aws", name: "x" }, 1),
        /got no answer within 1 s; see that this machine/,
      );
      assert.ok(performance.now() - began < 10_000);
      const refusals: [string, RegExp][] = [
        ["AccessDeniedException", /got no permission; allow secretsmanager:GetSecretValue on its ARN/],
        ["DecryptionFailure", /got no permission for its key; allow kms:Decrypt/],
        [
          "UnrecognizedClientException",
          /got credentials that AWS refuses \(UnrecognizedClientException\); log in/,
        ],
        [
          "InvalidIdentityToken",
          /got a role that isn't given \(InvalidIdentityToken\); correct the role's trust/,
        ],
      ];
      for (const [type, pattern] of refusals) {
        refusal = type;
        const words = await read({ store: "aws", name: "x" });
        assert.match(words, pattern);
        assert.doesNotMatch(words, /not authorized/);
      }
      // Of what isn't foreseen, Amazon's own words are all that helps.
      refusal = "OddException";
      assert.match(
        await read({ store: "aws", name: "x" }),
        /got "OddException: User: arn:aws:iam::1:user\/x is not authorized"; see what AWS says of that/,
      );
      server.closeAllConnections();
      server.close();
    });
  },
);

describe("Google Secret Manager, as the documented calls have it", () => {
  const place = "secrets.backend.KEY: must be readable in Google Secret Manager";
  beforeAll(() => {
    google.secrets[project("stripe")] = [Buffer.from("first"), Buffer.from('{"apiKey": "sk é\\n"}')];
    google.secrets[project("binary")] = [Buffer.from([0xff, 0xfe])];
    google.secrets[project("empty")] = [Buffer.from("")];
    google.secrets["projects/other-1/secrets/stripe"] = [Buffer.from("other")];
  });
  beforeEach(() => {
    Object.assign(process.env, google.environment);
  });

  it("gives the newest value, a property of one, a version, and another project's, for a signed token", async () => {
    assert.equal(await read({ store: "google", name: "stripe", property: "apiKey" }), "sk é\n");
    assert.equal(await read({ store: "google", name: "stripe", version: 1 }), "first");
    assert.equal(await read({ store: "google", name: "stripe", project: "other-1" }), "other");
    assert.equal(await read({ store: "google", name: "projects/other-1/secrets/stripe" }), "other");
    assert.equal(google.requests[0], `/v1/${project("stripe")}/versions/latest:access`);
  });

  it("says what is wrong with a value", async () => {
    const got = (name: string, more: object = {}) => read({ store: "google", name, ...more });
    assert.equal(
      await got("none"),
      `${place} (none), got no such secret there; correct name or project, or make it there`,
    );
    assert.equal(
      await got("stripe", { version: 9 }),
      `${place} (stripe), got no such secret or version there; correct name, version or project`,
    );
    assert.equal(await got("binary"), `${place} (binary), got a binary value; store it there as text`);
    assert.equal(await got("empty"), `${place} (empty), got an empty value; give it one there`);
  });

  it("says what Google refuses", async () => {
    const refusals: [[number, string, string?], RegExp][] = [
      [
        [403, "PERMISSION_DENIED"],
        /got no permission; give roles\/secretmanager.secretAccessor on the secret$/,
      ],
      [[403, "PERMISSION_DENIED", "SERVICE_DISABLED"], /got an API that is off; run gcloud services enable/],
      [[400, "FAILED_PRECONDITION"], /got a version that is disabled or destroyed; enable it/],
      [[418, "TEAPOT"], /got "TEAPOT: refused"; see what Google says/],
    ];
    for (const [refusal, words] of refusals) {
      google.refusals[project("closed")] = refusal;
      assert.match(await read({ store: "google", name: "closed" }), words);
    }
  });

  it("says which credentials it looks for, and that nobody answers", async () => {
    process.env.CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER = `http://127.0.0.1:${await freePort()}/`;
    assert.match(
      await read({ store: "google", name: "stripe" }),
      /got no answer \(ECONNREFUSED\); see that this machine reaches it/,
    );
    process.env.GOOGLE_APPLICATION_CREDENTIALS = "/nowhere.json";
    assert.match(
      await read({ store: "google", name: "stripe" }),
      /got no credentials; give them as Google's tools find them: gcloud auth application-default login/,
    );
  });
});

test("what several variables share is read once, and all that is missing is said at once", async () => {
  Object.assign(process.env, google.environment);
  google.secrets[project("both")] = [Buffer.from('{"a": "1", "b": "2"}')];
  const begun = google.requests.length;
  const both = (property: string) => ({ store: "google", name: "both", property });
  const settings = (secrets: object) => parseSettings({ system: "loc8", secrets });
  const { services } = await withStored(settings({ A: both("a"), backend: { B: both("b") } }));
  assert.deepEqual(services.backend?.secrets, { A: { value: "1" }, B: { value: "2" } });
  assert.equal(google.requests.length - begun, 1);
  await assert.rejects(
    withStored(settings({ A: both("x"), backend: { B: both("y") } })),
    (error: SettingsError) => {
      assert.deepEqual(
        error.problems.map((line) => line.split(":")[0]),
        ["secrets.A", "secrets.backend.B"],
      );
      return true;
    },
  );
});

describe("loc8 with secrets in both stores", skipWhen(withoutAws), () => {
  let aws: Aws;
  let stack: LiveStack;
  const secrets = {
    aws: "sk_live_7Qm2xVb9Kd4TzR1w",
    google: "mail-Yp8sLc3Hn6Gf5Je0",
    next: "sk_live_next_4Bv7Nx2Mq9",
  };
  const given = {
    backend: { STRIPE_KEY: { store: "aws", name: "prod/stripe", property: "apiKey" } },
    MAIL_PASSWORD: { store: "google", name: "mail" },
  };
  beforeAll(async () => {
    aws = await startAws();
    await amazon(aws, `c.create_secret(Name="prod/stripe", SecretString='{"apiKey": "${secrets.aws}"}')`);
    google.secrets[project("mail")] = [Buffer.from(secrets.google)];
    stack = await LiveStack.open({ system: "loc8", config: { secrets: given, replicas: { backend: 1 } } });
    Object.assign(stack.environment, aws.environment, google.environment);
  });
  afterAll(async () => {
    await stack.close();
    aws.close();
  });

  const file = async (service: string, name: string): Promise<string> => {
    const [container] = await stack.containers(service);
    return (await exec(container?.id ?? "", ["cat", `/etc/berth/${name}`])).output;
  };

  it("hands them over as files, and shows them nowhere else", async () => {
    const run = () => stack.run("up", { verbose: true });
    const { reply, hits } = await searched(stack, { run, secrets: () => secrets });
    assert.equal(reply.ok, true, reply.output.slice(-3000));
    assert.equal(await file("backend", "stripe_key"), secrets.aws);
    assert.equal(await file("backend", "mail_password"), secrets.google);
    assert.equal(await file("frontend", "mail_password"), secrets.google);
    assert.ok(reply.output.includes("RegisterResource"), "it was traced");
    assert.deepEqual(hits, {});
  });

  it("changes nothing the second time, and releases the service whose secret has another value there", async () => {
    assert.deepEqual(Object.keys((await stack.up()).changes), ["same"]);
    await amazon(
      aws,
      `c.put_secret_value(SecretId="prod/stripe", SecretString='{"apiKey": "${secrets.next}"}')`,
    );
    const [frontend] = await stack.containers("frontend");
    const { output } = await stack.must("preview");
    assert.match(output, /backend-1/);
    assert.deepEqual(leaks(output, secrets), []);
    const { reply, hits } = await searched(stack, { run: () => stack.run("up"), secrets: () => secrets });
    assert.equal(reply.ok, true, reply.output);
    assert.deepEqual(hits, {});
    assert.equal(await file("backend", "stripe_key"), secrets.next);
    assert.deepEqual((await stack.containers("frontend"))[0], frontend);
  });

  it("is previewed by nobody who can't read them, with the keys and what to do", async () => {
    await stack.set({ secrets: { ...given, backend: { STRIPE_KEY: { store: "aws", name: "prod/none" } } } });
    const run = () => stack.run("preview", { verbose: true });
    const { reply, hits } = await searched(stack, { run, secrets: () => secrets });
    assert.equal(reply.ok, false);
    assert.match(
      reply.output,
      /secrets\.backend\.STRIPE_KEY: must be readable in AWS Secrets Manager \(prod\/none\), got no such/,
    );
    assert.deepEqual(hits, {});
  });
});

describe("berth with a secret in a store", skipWhen(withoutAws), () => {
  let aws: Aws;
  let berth: Berth;
  let version: string;
  const stored = ["secrets.backend.API_KEY.store=aws", "secrets.backend.API_KEY.name=prod/api"];
  const whole = async (verb: string, ...more: string[]) => {
    const settings = berth.settings("replicas.backend=1", ...stored, ...more);
    const { code, output } = await berth.start(verb, ...settings).ended;
    assert.equal(code, 0, output);
    return output;
  };
  beforeAll(async () => {
    aws = await startAws();
    const [id = ""] = await amazon(
      aws,
      `print(c.create_secret(Name="prod/api", SecretString="x" * 20)["VersionId"])`,
    );
    version = `secrets.backend.API_KEY.version=${id}`;
    berth = await Berth.open("loc8");
    berth.environment = { ...aws.environment };
  });
  afterAll(async () => {
    await berth.close();
    aws.close();
  });

  it("asks the engine each time, unless each stays at a version", async () => {
    await whole("up");
    const again = await whole("up");
    assert.match(
      again,
      /asking the engine: secrets\.backend\.API_KEY is kept in AWS Secrets Manager, which may have another value by now/,
    );
    const fixed = await whole("up", version);
    assert.match(fixed, /asking the engine: secrets\.backend\.API_KEY is kept/);
    assert.match(await whole("preview", version), /nothing to do: all is as the last run left it/);
  });

  it("is valid without the store, and rotates it nowhere", async () => {
    berth.environment = { ...aws.environment, AWS_ENDPOINT_URL: `http://127.0.0.1:${await freePort()}` };
    assert.match(await whole("validate"), /is valid: loc8/);
    const { code, output } = await berth.start("preview", ...berth.settings(...stored)).ended;
    assert.notEqual(code, 0);
    assert.match(
      output,
      /^secrets\.backend\.API_KEY: must be readable in AWS Secrets Manager \(prod\/api\), got no answer/m,
    );
    const rotated = await berth.start("rotate", "backend-api-key", "--yes", ...berth.settings(...stored))
      .ended;
    assert.notEqual(rotated.code, 0);
    assert.match(
      rotated.output,
      /^rotate: must be a secret that the engine makes, got "backend-api-key": AWS Secrets Manager \(prod\/api\) keeps it/m,
    );
  });
});

/** What a script prints, of Amazon's own client `c`. */
async function amazon({ python, environment }: Aws, script: string): Promise<string[]> {
  const env = { ...process.env, ...environment, AWS_DEFAULT_REGION: environment.AWS_REGION };
  const { stdout } = await run(
    python,
    ["-c", `import boto3\nc = boto3.client("secretsmanager")\n${script}`],
    { env },
  );
  return stdout.split("\n");
}
