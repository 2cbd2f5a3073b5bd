import type { HandedNames } from "../services/definition.ts";
import type { SystemDefinition } from "../systems/define.ts";
import { buckets, bucketsOf } from "../systems/facts.ts";
import { bucketHands } from "../services/objectStore/definition.ts";
import { filled, references } from "../services/application/template.ts";

/** What decides which names a template may hold. */
interface Around {
  system: SystemDefinition;
  /** Whether a service is in the stack, or somebody else runs it. */
  there: (service: string) => boolean;
}

/** Of the stack itself, for every application. */
const common = ["domain", "address"];

/** What an application may name in its environment, and which of it is a secret; nothing for other kinds. */
export function handedNames({ system, there }: Around, service: string): HandedNames | undefined {
  const definition = system.services[service];
  if (definition?.phase !== "application") return undefined;
  const volumes = bucketsOf(system, service);
  const named = [...(definition.uses ?? []), ...volumes, service].filter(there).map((name) => {
    const { hands, port } = volumes.includes(name) ? { hands: bucketHands } : (system.services[name] ?? {});
    const { plain, secret } = hands ?? {
      plain: port === undefined ? [] : ["url", "host", "port"],
      secret: [],
    };
    const whole = (part: string) => `${name}.${part}`;
    return { plain: plain.map(whole), secret: secret.map(whole) };
  });
  return {
    plain: [...named.flatMap(({ plain }) => plain), ...common],
    secret: named.flatMap(({ secret }) => secret),
  };
}

interface Given {
  environment: Readonly<Record<string, Readonly<Record<string, string>> | undefined>>;
  optional: Readonly<Record<string, boolean | undefined>>;
  external: Readonly<Record<string, unknown>>;
}

/** The same for all services of a stack's settings. */
export function environmentProblems(
  { environment, optional, external }: Given,
  { system }: Pick<Around, "system">,
): { path: string[]; rule: string; got: string }[] {
  const elsewhere = buckets(system);
  const there = (name: string) =>
    elsewhere.includes(name) ? external[name] !== undefined : optional[name] !== false;
  return Object.entries(environment).flatMap(([service, variables = {}]) =>
    templateProblems(variables, handedNames({ system, there }, service)).map(({ variable, ...problem }) => ({
      path: ["environment", service, variable],
      ...problem,
    })),
  );
}

/** What is wrong with the templates of one service's environment: variable, rule, and what it is about. */
export function templateProblems(
  environment: Readonly<Record<string, string>>,
  handed: HandedNames | undefined,
): { variable: string; rule: string; got: string }[] {
  const files = new Map<string, string>();
  return Object.entries(environment).flatMap(([variable, text]) => {
    const known = [...(handed?.plain ?? []), ...(handed?.secret ?? [])];
    const wrong = references(text).find(({ name }) => !known.includes(name));
    const must = known.length === 0 ? "must hold no ${…}, which only applications are handed" : mustBe(known);
    const rule = `${must}; a plain "\${" is written "$\${"`;
    if (wrong !== undefined) return [{ variable, rule, got: wrong.text }];
    if (!isSecretTemplate(text, handed)) return [];
    const file = variable.toLowerCase();
    const other = files.get(file);
    files.set(file, variable);
    const same = `must differ from ${other ?? ""} in more than capitals: each is a file of its own`;
    return other === undefined ? [] : [{ variable, rule: same, got: variable }];
  });
}

function mustBe(known: readonly string[]): string {
  return `\${…} must be one of ${known.join(", ")}`;
}

/** Whether a value holds a password that a link hands over. */
export function isSecretTemplate(text: string, handed: HandedNames | undefined): boolean {
  return references(text).some(({ name }) => handed?.secret.includes(name) === true);
}

/** Plain values as they are meant, and those that are made of what links hand over as they are written. */
export function separated(environment: Readonly<Record<string, string>>): {
  environment: Record<string, string>;
  templates?: Record<string, string>;
} {
  const [templates, plain] = [true, false].map((wanted) =>
    Object.entries(environment).filter(([, text]) => references(text).length > 0 === wanted),
  ) as [[string, string][], [string, string][]];
  return {
    environment: Object.fromEntries(plain.map(([name, text]) => [name, filled(text, {})])),
    ...(templates.length > 0 && { templates: Object.fromEntries(templates) }),
  };
}
