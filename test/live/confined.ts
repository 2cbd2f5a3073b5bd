import assert from "node:assert/strict";
import { confinements, type Audited, type Confinement } from "../tools/audit.ts";

type Bounds = Pick<Confinement, "capabilities" | "noNewPrivileges" | "root" | "processes" | "dangers">;

/** What each container of a system is held to; the first of its capabilities are those it has, the others those it may gain. */
const bounds: Bounds = {
  capabilities: held("0000000000000000"),
  noNewPrivileges: true,
  root: "Read-only file system",
  processes: 1024,
  dangers: [],
};

/** Asks the kernel whether each container is held as it should be: as all are, but for what is said of one by its name. */
export async function assertConfined(
  stack: Audited,
  exceptions: Record<string, Partial<Bounds>> = {},
): Promise<void> {
  const found = await confinements(stack);
  const names = Object.keys(found);
  assert.ok(names.length > 0, "no container runs");
  assert.deepEqual(
    Object.keys(exceptions).filter((name) => !names.includes(name)),
    [],
    `containers: ${names.join(", ")}`,
  );
  const seen = Object.entries(found).map(([name, one]) => {
    const { capabilities, noNewPrivileges, root, processes, dangers } = one;
    return [name, { capabilities, noNewPrivileges, root, processes, dangers } satisfies Bounds];
  });
  assert.deepEqual(
    Object.fromEntries(seen),
    Object.fromEntries(names.map((name) => [name, { ...bounds, ...exceptions[name] }])),
  );
}

/** Of a container whose every process has these capabilities and may gain no others, in the kernel's hexadecimal. */
export function held(mask: string): string {
  return `${mask} ${mask}`;
}
