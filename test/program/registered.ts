import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import { specialSecretSig, specialSigKey, unknownValue } from "@pulumi/pulumi/runtime/rpc.js";

/** One resource as a program registered it. */
export interface Registered {
  urn: string;
  type: string;
  name: string;
  /** URN of the parent, empty for the stack itself. */
  parent: string;
  /** False for components. */
  custom: boolean;
  /** Plain inputs, secrets unwrapped. */
  inputs: Record<string, unknown>;
  /** Paths of the inputs that were secret, such as `uploads.0.content`. */
  secrets: string[];
  /** Inputs as they went over the wire, secrets still wrapped. */
  raw: Record<string, unknown>;
  options: RegisteredOptions;
}

/** Absent where the program said nothing; resources are named by URN. */
export interface RegisteredOptions {
  protect?: boolean;
  retainOnDelete?: boolean;
  deleteBeforeReplace?: boolean;
  deletedWith?: string;
  replaceWith: string[];
  replaceOnChanges: string[];
  ignoreChanges: string[];
  additionalSecretOutputs: string[];
  dependsOn: string[];
  /** `urn::id` of the provider. */
  provider?: string;
  replacementTrigger?: unknown;
  /** URNs of the parents it had in earlier programs. */
  formerParents?: string[];
}

/** The same URN as the mocks give. */
export function urnOf(request: RegisterResourceRequest, project: string, stack: string): string {
  const parentType = request.getParent().split("::")[2]?.split("$").pop();
  const type = parentType === undefined ? request.getType() : `${parentType}$${request.getType()}`;
  return ["urn:pulumi:" + stack, project, type, request.getName()].join("::");
}

export function registered(request: RegisterResourceRequest, urn: string): Registered {
  const raw = asRecord(request.getObject()?.toJavaScript());
  const secrets: string[] = [];
  const formerParents = request.getAliasesList().flatMap((alias) => alias.getSpec()?.getParenturn() ?? []);
  return {
    urn,
    type: request.getType(),
    name: request.getName(),
    parent: request.getParent(),
    custom: request.getCustom(),
    inputs: asRecord(unwrap(raw, "", secrets)),
    secrets,
    raw,
    options: {
      protect: request.hasProtect() ? request.getProtect() : undefined,
      retainOnDelete: request.hasRetainondelete() ? request.getRetainondelete() : undefined,
      deleteBeforeReplace: request.getDeletebeforereplacedefined()
        ? request.getDeletebeforereplace()
        : undefined,
      deletedWith: request.getDeletedwith() || undefined,
      replaceWith: request.getReplaceWithList(),
      replaceOnChanges: request.getReplaceonchangesList(),
      ignoreChanges: request.getIgnorechangesList(),
      additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
      dependsOn: request.getDependenciesList(),
      provider: request.getProvider() || undefined,
      replacementTrigger: request.getReplacementTrigger()?.toJavaScript(),
      ...(formerParents.length > 0 && { formerParents }),
    },
  };
}

/** A secret as it goes over the wire (pulumi/pulumi sdk/nodejs/runtime/rpc.ts). */
export function asSecret(value: unknown): unknown {
  return { [specialSigKey]: specialSecretSig, value };
}

/** A value without its secret wrappers; notes where they were. */
function unwrap(value: unknown, path: string, secrets: string[]): unknown {
  if (value === unknownValue) return undefined;
  if (Array.isArray(value))
    return value.map((item, index) => unwrap(item, join(path, String(index)), secrets));
  if (typeof value !== "object" || value === null) return value;
  const record = asRecord(value);
  if (record[specialSigKey] === specialSecretSig) {
    if (!secrets.includes(path)) secrets.push(path);
    return unwrap(record.value, path, secrets);
  }
  return Object.fromEntries(
    Object.entries(record).map(([key, inner]) => [key, unwrap(inner, join(path, key), secrets)]),
  );
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

export function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
