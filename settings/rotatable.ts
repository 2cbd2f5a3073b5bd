import type { ServiceSettings } from "../services/application/serviceSettings.ts";
import type { SystemDefinition } from "../systems/define.ts";
import { isApplication } from "./ownKeys.ts";
import { generatedName, ownSecrets, type GivenSecrets } from "./secrets.ts";

export interface RotatableOf {
  system: SystemDefinition;
  watched: boolean;
  secrets: GivenSecrets;
  /** What somebody else runs, and with its own passwords. */
  external: Readonly<Record<string, unknown>>;
  /** `false` for what is left out. */
  optional: Readonly<Record<string, unknown>>;
  superuser: string;
}

/** Names of the secrets that the engine makes for a stack and that can be rotated, each once. */
export function rotatable({
  system,
  watched,
  secrets,
  external,
  optional,
  superuser,
}: RotatableOf): string[] {
  const there = Object.entries(system.services).filter(
    ([name]) => external[name] === undefined && optional[name] !== false,
  );
  const names = there.flatMap(([service, { rotates, generated = {} }]) => {
    const own = isApplication(system, service) ? ownSecrets(secrets, service) : {};
    const systems = Object.keys(generated).filter((variable) => own[variable] === undefined);
    return [
      ...(rotates?.(watched) ?? []).map((ending) => `${service}-${ending}`),
      ...systems.map((variable) => generatedName(service, variable)),
      ...Object.values(own).flatMap((secret) => ("generated" in secret ? [secret.generated] : [])),
    ];
  });
  const grafana = watched && optional.grafana !== false ? ["grafana-password"] : [];
  return [...new Set([...names, ...grafana, ...(superuser === "" ? [] : ["superuser-password"])])];
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
