import type { Settings } from "../../settings.ts";
import type { Checkpoint } from "../state/checkpoint.ts";

type Wishes = Pick<Settings, "backup" | "tls">;

interface Guarded {
  /** The end of its URN, before the number that later values of a secret have there. */
  name: string;
  /** Nothing where settings want it still; `free` is the command that lets go of it. */
  problem: (wishes: Wishes, stack: string, free: string) => string | undefined;
}

/** What is protected and made for one setting alone. */
const guarded: readonly Guarded[] = [
  {
    name: "backup-password",
    problem: ({ backup }, stack, free) =>
      backup !== undefined && backup.password === undefined
        ? undefined
        : `backup: must stay as it is while the stack holds the password without which no backup can be read, got ${backup === undefined ? "none" : "another password"}; keep it first (pulumi stack output secrets --show-secrets --stack ${stack} shows it under "backups, password"), then ${free} lets go of it; berth env says how`,
  },
  {
    name: "certificates-data",
    problem: ({ tls }, _stack, free) =>
      tls !== false && "acme" in tls
        ? undefined
        : `tls: must have certificates from a CA while the stack holds their volume, got ${tls === false ? "false" : "a certificate of your own"}; ${free} lets go of it, and the volume stays as data does; berth env says how`,
  },
];

/** Settings that are switched off while the state protects what goes with them: the engine would refuse, half way. */
export function guardedProblems(stack: string, wishes: Wishes, { resources }: Checkpoint): string[] {
  return guarded.flatMap(({ name, problem }) => {
    const end = new RegExp(`::${name}(?:\\.\\d+)?$`);
    const held = resources.filter(({ urn, protect }) => protect === true && end.test(urn));
    if (held.length === 0) return [];
    const free = held.map(({ urn }) => `pulumi state unprotect '${urn}' --yes --stack ${stack}`);
    return problem(wishes, stack, free.join(" && ")) ?? [];
  });
}
