/** What of a service's settings says how it is asked. */
interface Question {
  health: string;
  healthKind?: string;
  healthCommand?: readonly string[];
  candidate?: object;
}

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
