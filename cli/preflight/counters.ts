import { logicalName, type Checkpoint } from "../state/checkpoint.ts";

/**
 * Counters below what the stack has had: their later values would be deleted, and what logs in would be led back to
 * ones that are refused. The engine would say so only after it had begun.
 */
export function counterProblems(
  counters: Readonly<Record<string, number>>,
  checkpoint: Checkpoint | undefined,
): string[] {
  const made = (checkpoint?.resources ?? [])
    .filter(({ type, delete: going }) => type === passwordType && !going)
    .map(({ urn }) => logicalName(urn));
  return Object.entries(counters).flatMap(([name, counter]) => {
    const held = Math.max(1, ...made.map((one) => generation(one, name)));
    if (counter >= held) return [];
    return [
      `rotate.${name}: must be ${held} or more, which the stack has had, got ${counter}; the stack's file of the last rotation has it`,
    ];
  });
}

/** `2` of `redis-password.2`, as GeneratedSecret names it; 1 of any other. */
function generation(resource: string, secret: string): number {
  return resource.startsWith(`${secret}.`) ? Number(resource.slice(secret.length + 1)) : 1;
}

const passwordType = "random:index/randomPassword:RandomPassword";
