import { amazon } from "../ec2/explanations.ts";
import { google } from "../gce/explanations.ts";

/** What a message of a cloud means for the one who reads it: setting, rule, next step. Undefined where nobody knows. */
export function explainCloudError(text: string): string | undefined {
  for (const [pattern, words] of [...google, ...amazon]) {
    const found = pattern.exec(text);
    if (found === null) continue;
    return typeof words === "string"
      ? words
      : words(found.slice(1).find((part: string | undefined) => part !== undefined));
  }
  return undefined;
}
