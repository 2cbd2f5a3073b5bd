import * as z from "zod";
import { imageReference, repositoryName, rule, text, variables } from "../../lib/rules.ts";
import { strict } from "../../lib/strict.ts";
import { isMap } from "../beside.ts";

/** How an image is built from source, with the words of Compose where it has them. */
export const buildSchema = strict({
  build: text.describe("Folder that is the build's context; a relative one begins at the stack's file"),
  dockerfile: text.optional().describe("Below the folder, `Dockerfile` unless set"),
  target: text.optional().describe("Stage of the Dockerfile to stop at"),
  args: variables.optional().describe("Build arguments. They stay in the image's history: never a secret"),
  platform: rule(
    'must be like "linux/amd64"',
    (value): value is string =>
      typeof value === "string" && /^[a-z0-9]+\/[a-z0-9]+(?:\/[a-z0-9]+)?$/.test(value),
  )
    .optional()
    .describe("What it is built for, the builder's own unless set"),
  secrets: z
    .record(text, text, { error: "must be a map such as { npm: ~/.npmrc }" })
    .optional()
    .describe("Files that `RUN --mount=type=secret,id=…` reads, by id; none is in a layer or in the tag"),
  push: repositoryName
    .optional()
    .describe("Repository that other machines pull it from; without one it is sent to them"),
});

export type BuildSettings = z.infer<typeof buildSchema>;

/** An issue that was found is one that may be passed on. */
type RawIssue = z.core.$ZodRawIssue;

/** An image by its name, or how it is built. */
export const imageSchema = z.unknown().transform((value, context): string | BuildSettings => {
  const result = isMap(value) ? buildSchema.safeParse(value) : imageReference.safeParse(value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) context.issues.push({ ...issue, input: value } as RawIssue);
  return z.NEVER;
});
