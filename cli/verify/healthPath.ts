import type { ServiceSettings } from "../../services/application/serviceSettings.ts";

type Question = Pick<ServiceSettings, "health" | "healthKind" | "healthCommand" | "candidate">;

/**
 * The path that says of a service how it is; nothing where it is asked by a command, for its port alone, or as an image
 * of its owner's says: then its pages are the owner's business.
 */
export function healthPath(service: Partial<Question> = {}): string | undefined {
  const { health = "/health", healthKind, healthCommand, candidate } = service;
  if (healthCommand !== undefined) return undefined;
  const kind = healthKind ?? (candidate === undefined ? "path" : undefined);
  return kind === "path" ? health : undefined;
}
