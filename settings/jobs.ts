import * as z from "zod";
import { text } from "../lib/rules.ts";
import { strict } from "../lib/strict.ts";

const words = 'must be a list of words such as ["python", "manage.py", "migrate"], or one text for sh';

/** Text is a command line for the image's shell. */
const command = z.preprocess(
  (value) => (typeof value === "string" && value !== "" ? ["sh", "-c", value] : value),
  z.array(text, { error: words }).refine((list) => list.length > 0, words),
);

/** Commands of a service's image that run before its new containers, in this order. */
export const jobsSchema = strict({
  check: command.optional().describe("Whether the image can work with its settings"),
  migrate: command.optional().describe("Brings the database to where the image needs it"),
  static: command.optional().describe("Collects the files that the proxy serves"),
  seed: command.optional().describe("Writes what a new database needs"),
});
