import type { ServiceSettings } from "../services/application/serviceSettings.ts";
import type { SystemDefinition } from "../systems/define.ts";

/** A line that says what it costs that secrets are in environments, where any are. */
export function shownSecrets({
  definition,
  services,
}: {
  definition: SystemDefinition;
  services: Readonly<Record<string, ServiceSettings>>;
}): string[] {
  const names = Object.values(services).flatMap(({ name, secretsInEnvironment, secrets }) =>
    secretsInEnvironment && (secrets !== undefined || hasSecrets(definition, name)) ? [name] : [],
  );
  return names.length === 0
    ? []
    : [
        `secretsInEnvironment: secrets of ${names.join(", ")} are in the environment too, where docker inspect and whoever reads a crash report see them`,
      ];
}

function hasSecrets({ services }: SystemDefinition, name: string): boolean {
  const { phase, uses = [], generated = {} } = services[name] ?? {};
  const stores = uses.filter((other) => (services[other]?.hands?.secret.length ?? 0) > 0);
  return phase === "application" && stores.length + Object.keys(generated).length > 0;
}
