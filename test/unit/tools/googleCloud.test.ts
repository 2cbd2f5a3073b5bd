import assert from "node:assert/strict";
import { beforeEach, onTestFinished, test } from "vitest";
import { startGoogleCloud, type GoogleCloud } from "../../tools/googleCloud/server.ts";

let google: GoogleCloud;

beforeEach(async () => {
  google = await startGoogleCloud("my-project");
  onTestFinished(() => {
    google.close();
  });
});

const zone = "zones/europe-west4-a";
const region = "regions/europe-west4";

/** What Compute Engine answers, or the words of its refusal. */
async function ask(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const url = `${google.url}/compute/v1/projects/my-project/${path}`;
  const response = await fetch(url, { method, ...(body && { body: JSON.stringify(body) }) });
  const answer = (await response.json()) as Record<string, unknown> & { error?: { message: string } };
  return answer.error === undefined ? answer : { refused: answer.error.message };
}

async function turnOn(api: string): Promise<void> {
  const url = `${google.url}/serviceusage/v1/projects/my-project/services/${api}.googleapis.com:enable`;
  assert.equal((await fetch(url, { method: "POST" })).status, 200);
}

/** A network, its subnet, an address, and a machine that has it. */
async function machine(): Promise<string> {
  await turnOn("compute");
  await ask("POST", "global/networks", { name: "net" });
  const network = "projects/my-project/global/networks/net";
  await ask("POST", `${region}/subnetworks`, { name: "sub", network, ipCidrRange: "10.10.0.0/24" });
  await ask("POST", `${region}/addresses`, { name: "ip" });
  const { address } = await ask("GET", `${region}/addresses/ip`);
  const made = await ask("POST", `${zone}/instances`, instance("web", address));
  assert.equal(made.refused, undefined);
  return String(address);
}

function instance(name: string, natIP: unknown) {
  const subnetwork = `projects/my-project/${region}/subnetworks/sub`;
  const disks = [{ boot: true, autoDelete: true, initializeParams: { diskSizeGb: "30" } }];
  return { name, disks, networkInterfaces: [{ subnetwork, accessConfigs: [{ natIP }] }] };
}

test("what stands in for Google keeps what is in use, and gives an address to one machine", async () => {
  const address = await machine();
  const others = await ask("POST", `${zone}/instances`, instance("other", address));
  assert.match(String(others.refused), /already in use/);
  for (const path of [
    "global/networks/net",
    `${region}/subnetworks/sub`,
    `${region}/addresses/ip`,
    `${zone}/disks/web`,
  ])
    assert.match(String((await ask("DELETE", path)).refused), /already being used/, path);
  await ask("DELETE", `${zone}/instances/web`);
  for (const path of [`${region}/addresses/ip`, `${region}/subnetworks/sub`, "global/networks/net"])
    assert.equal((await ask("DELETE", path)).refused, undefined, path);
  assert.deepEqual(google.left(), []);
});

test("what stands in for Google knows nothing that wasn't made, and says what it can't do", async () => {
  assert.match(String((await ask("GET", "global/networks")).refused), /has not been used in project/);
  await turnOn("compute");
  const missing = { name: "sub", network: "projects/my-project/global/networks/none" };
  assert.match(String((await ask("POST", `${region}/subnetworks`, missing)).refused), /was not found/);
  assert.deepEqual(google.left(), []);
  await ask("POST", "global/networks", { name: "net" });
  await ask("POST", "global/networks/net/unheardOf");
  assert.match(google.unknown.join(), /no unheardOf of networks/);
});

test("what stands in for Google takes a policy only of who read the last one, and members that exist", async () => {
  await turnOn("cloudresourcemanager");
  const url = `${google.url}/cloudresourcemanager/v1/projects/my-project`;
  const post = async (verb: string, body: object) => {
    const response = await fetch(`${url}:${verb}`, { method: "POST", body: JSON.stringify(body) });
    return [response.status, (await response.json()) as object] as const;
  };
  const bindings = (member: string) => [{ role: "roles/viewer", members: [member] }];
  const [, read] = await post("getIamPolicy", {});
  const written = { policy: { ...read, bindings: bindings("user:a@example.org") } };
  assert.equal((await post("setIamPolicy", written))[0], 200);
  assert.equal((await post("setIamPolicy", written))[0], 409);
  const nobody = { policy: { bindings: bindings("serviceAccount:none@my-project.iam.gserviceaccount.com") } };
  assert.equal((await post("setIamPolicy", nobody))[0], 400);
});
