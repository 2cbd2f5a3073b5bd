import { join } from "node:path";
import envPaths from "env-paths";
import { defaultKind } from "../defaultKind.ts";
import type { Kind } from "../kind.ts";
import { listenerPresets, listenerSchema, localHostSchema, type LocalHostSettings } from "./settings.ts";

/** This machine's Docker. */
export const local = {
  name: defaultKind,
  schema: localHostSchema,
  plugins: [],
  managed: false,
  thisMachine: {
    listener: (host) => listenerSchema.safeParse(host).data,
    place: ({ port = listenerPresets.port }) => `this machine's Docker, at http://localhost:${String(port)}`,
  },
  // A folder of the user's, one for each stack: a laptop's /opt is nobody's to write to.
  dataRoot: (system, stack) => join(envPaths("berth", { suffix: "" }).data, "data", stack, system),
  find: async (wanted) => (await import("./find.ts")).findLocal(wanted),
} as const satisfies Kind<LocalHostSettings>;
