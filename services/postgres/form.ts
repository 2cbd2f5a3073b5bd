import type { ExternalForm } from "../definition.ts";
import { postgresUrl, UrlProblem } from "./url.ts";

/** How settings name a PostgreSQL that somebody else runs. */
export const postgresForm: ExternalForm = {
  words: 'must be "postgresql://user:password@host:5432/database"',
  wrong,
  managed: true,
};

function wrong(text: string): string | undefined {
  try {
    postgresUrl(text);
    return undefined;
  } catch (error) {
    if (error instanceof UrlProblem) return error.message;
    throw error;
  }
}
