import type { Kind } from "./kind.ts";
import { hostKinds } from "./registry.ts";

/** What a message of a cloud means for the one who reads it: setting, rule, next step. Undefined where nobody knows. */
export function explainCloudError(text: string, kinds: readonly Kind[] = hostKinds): string | undefined {
  for (const [pattern, words] of kinds.flatMap(({ explanations = [] }) => explanations)) {
    const found = pattern.exec(text);
    if (found === null) continue;
    return typeof words === "string"
      ? words
      : words(found.slice(1).find((part: string | undefined) => part !== undefined));
  }
  return undefined;
}
