import { kindOf, written } from "./hostKind.ts";
import { backendOf, type Home } from "./home.ts";
import { settingsOf } from "./overrides.ts";
import { hostKindOf, titleFor, type StackFile } from "./project.ts";
import { withoutUser } from "./state/unreachable.ts";

/** What `up` is about to do, from the stack file alone, so that it can be said before anything heavy is loaded. */
export function planOf(stack: StackFile, home: Home): string[] {
  const { host } = settingsOf(stack.config);
  const where = kindOf(host)?.thisMachine?.place(written(host)) ?? `host kind ${hostKindOf(stack)}`;
  return [
    `${titleFor(stack)} on ${where} (stack ${stack.name})`,
    "  1 check settings, port, disk, passphrase, and who else is at work",
    "  2 have the tools: Docker, the Pulumi engine, its plugins, images; each found, fetched, or built once",
    "  3 bring it up: network, secrets and files, databases, applications once healthy, proxy",
    `State: ${withoutUser(backendOf(home))}. Passphrase and the rest: ${home.data}. Nothing is written here.`,
  ];
}
