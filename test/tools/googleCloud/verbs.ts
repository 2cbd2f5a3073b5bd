import { list, Refusal, type Fields, type Store } from "./call.ts";
import { access, attached } from "./readBack.ts";

interface VerbCall {
  compute: Store;
  path: string;
  found: Fields;
  body: Fields;
  query: URLSearchParams;
}

/** What is done to a resource beside making, changing and deleting it → what is otherwise then. */
export const verbs: Readonly<Record<string, (call: VerbCall) => Fields>> = {
  start: () => ({ status: "RUNNING" }),
  stop: () => ({ status: "TERMINATED" }),
  setMachineType: (call) => whileOff(call, { machineType: call.body.machineType }),
  setServiceAccount({ body: { email, scopes }, ...call }) {
    return whileOff(call, { serviceAccounts: [{ email, scopes }] });
  },
  setLabels: ({ body: { labels } }) => ({ labels }),
  setMetadata: ({ body }) => ({ metadata: body }),
  setTags: ({ body }) => ({ tags: body }),
  setScheduling: ({ body }) => ({ scheduling: body }),
  setDeletionProtection: ({ query }) => ({ deletionProtection: query.get("deletionProtection") === "true" }),
  attachDisk({ compute, path, found, body }) {
    const disks = list(found.disks);
    return { disks: [...disks, attached(body, disks.length, placeOf(path), compute)] };
  },
  detachDisk: ({ found, query }) => ({
    disks: list(found.disks).filter(({ deviceName }) => deviceName !== query.get("deviceName")),
  }),
  resize: ({ body: { sizeGb } }) => ({ sizeGb: String(sizeGb) }),
  addAccessConfig: ({ compute, path, found, body }) =>
    reachedBy(found, [access(body, placeOf(path), compute)]),
  deleteAccessConfig: ({ found }) => reachedBy(found, []),
  addResourcePolicies: ({ found, body }) => ({
    resourcePolicies: [...strings(found.resourcePolicies), ...strings(body.resourcePolicies)],
  }),
  removeResourcePolicies: ({ found, body }) => ({
    resourcePolicies: without(found.resourcePolicies, strings(body.resourcePolicies)),
  }),
  addInstances({ compute, found, body }) {
    const added = list(body.instances).map(({ instance }) => compute.resource(instance));
    const [card] = added.flatMap(({ networkInterfaces }) => list(networkInterfaces));
    const links = added.map(({ selfLink }) => String(selfLink));
    return {
      // A group is of its first machine's network.
      ...(card && { network: card.network, subnetwork: card.subnetwork }),
      instances: [...strings(found.instances), ...links],
    };
  },
  removeInstances: ({ found, body }) => ({
    instances: without(
      found.instances,
      list(body.instances).map(({ instance }) => instance),
    ),
  }),
};

/** What a running machine doesn't let itself be changed in. */
function whileOff({ found, path }: Pick<VerbCall, "found" | "path">, change: Fields): Fields {
  if (found.status === "TERMINATED") return change;
  throw new Refusal(400, "badRequest", `Invalid resource usage: '${path}' must be in state TERMINATED`);
}

function reachedBy(found: Fields, accessConfigs: Fields[]): Fields {
  return { networkInterfaces: list(found.networkInterfaces).map((card) => ({ ...card, accessConfigs })) };
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function without(value: unknown, gone: readonly unknown[]): string[] {
  return strings(value).filter((one) => !gone.includes(one));
}

function placeOf(path: string) {
  const [name = "", collection = "", ...scope] = path.split("/").reverse();
  return { scope: scope.reverse().join("/"), collection, name };
}
