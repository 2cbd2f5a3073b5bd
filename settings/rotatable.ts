import type { ServiceSettings } from "../services/application/serviceSettings.ts";
import { backupService } from "../services/backup/definition.ts";
import type { ServiceDefinition } from "../services/definition.ts";
import { bucketSecrets } from "../services/objectStore/definition.ts";
import type { SystemDefinition } from "../systems/define.ts";
import { rowsOf } from "../systems/facts.ts";
import { isApplication } from "./ownKeys.ts";
import { generatedName, ownSecrets, type GivenSecrets } from "./secrets.ts";
import { notRotated } from "./stored.ts";

export interface RotatableOf {
  system: SystemDefinition;
  watched: boolean;
  secrets: GivenSecrets;
  /** What somebody else runs, and with its own passwords. */
  external: Readonly<Record<string, unknown>>;
  /** `false` for what is left out. */
  optional: Readonly<Record<string, unknown>>;
  superuser: string;
  /** Where backups go, and their password where an owner gives one. */
  backup: Readonly<Record<string, unknown>>;
}

/** Names of the secrets that the engine makes for a stack and that can be rotated, each once. */
export function rotatable({
  system,
  watched,
  secrets,
  external,
  optional,
  superuser,
  backup,
}: RotatableOf): string[] {
  const there = Object.entries(rowsOf(system, { watched, certified: false, backed: false })).filter(
    ([name]) => external[name] === undefined && optional[name] !== false,
  );
  // Without it nobody reads numbers, and no login is made for them.
  const read = watched && optional.prometheus !== false;
  const names = there.flatMap(([service, { rotates }]) => {
    const { generated = {} } = system.services[service] ?? {};
    const own = isApplication(system, service) ? ownSecrets(secrets, service) : {};
    const systems = Object.keys(generated).filter((variable) => own[variable] === undefined);
    return [
      ...(rotates?.(read) ?? []).map((ending) => `${service}-${ending}`),
      ...systems.map((variable) => generatedName(service, variable)),
      ...Object.values(own).flatMap((secret) => ("generated" in secret ? [secret.generated] : [])),
    ];
  });
  const others = [
    ...(superuser === "" ? [] : ["superuser-password"]),
    ...(backup.to === undefined || backup.password !== undefined ? [] : [backupPassword]),
  ];
  return [...new Set([...names, ...others])];
}

/** What else may be looked for, by the name it would have, and why the engine can't give it another value. */
export function notRotatable({
  system,
  handed,
  external,
  backup,
}: Pick<RotatableOf, "system" | "external" | "backup"> & {
  /** Secrets that each service is handed. */
  handed: NonNullable<ServiceSettings["secrets"]>[];
}): Record<string, string> {
  const managed = Object.keys(external).filter((name) => external[name] === "managed");
  const vendors = managed.flatMap((name) =>
    Object.entries(managedSecretsOf(system, name)).map(
      ([ending, why]) => [`${name}-${ending}`, why(name)] as const,
    ),
  );
  const given = backup.to !== undefined && backup.password !== undefined;
  return {
    ...notRotated(handed),
    ...Object.fromEntries(vendors),
    ...(given && {
      [backupPassword]: "backup.password is yours; docs/rotation.md says how backups take another",
    }),
  };
}

/** Of a service, or of a volume whose files are in a bucket. */
function managedSecretsOf({ services, volumes = {} }: SystemDefinition, name: string) {
  const none: NonNullable<ServiceDefinition["managedSecrets"]> = {};
  return services[name]?.managedSecrets ?? (volumes[name]?.bucket === true ? bucketSecrets : none);
}

export const backupPassword = `${backupService}-password`;

/** Those for which a store starts anew within its container, and answers nobody for a moment: by name alone. */
export function startsAnewFor({
  definition,
  rotate,
}: {
  definition: SystemDefinition;
  rotate: Readonly<Record<string, number>>;
}): string[] {
  const all = Object.entries(definition.services).flatMap(([service, { startsAnewFor: endings = [] }]) =>
    endings.map((ending) => `${service}-${ending}`),
  );
  return all.filter((name) => rotate[name] !== undefined);
}

/** Those of them that an owner has by `generate`: nobody but he knows what their former values are still good for. */
export function ownGenerated({
  services,
}: {
  services: Readonly<Record<string, Pick<ServiceSettings, "secrets">>>;
}): string[] {
  const all = Object.values(services).flatMap(({ secrets = {} }) => Object.values(secrets));
  return [...new Set(all.flatMap((secret) => ("generated" in secret ? [secret.generated] : [])))];
}
