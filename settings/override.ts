import * as z from "zod";
import {
  devicePath,
  flag,
  metricsPath,
  oneOf,
  rule,
  urlPath,
  userId,
  wholeNumber,
  words,
} from "../lib/rules.ts";
import { strict } from "../lib/strict.ts";
import { healthKinds } from "../services/application/healthKind.ts";
import type { ServiceSettings } from "../services/application/serviceSettings.ts";
import type { ServiceRow } from "../services/definition.ts";
import { containmentShape } from "./containment.ts";

/** Below 1024 too: Docker lets every user of a container listen there (measured on 20.10, as uid 10001 on port 79). */
const servicePort = wholeNumber(1, 65535);

const kindNames = healthKinds.filter((kind) => kind !== "path");

const health = rule(
  `must be ${kindNames.join(", ")}, or a path such as "/health"`,
  (value): value is string => kindNames.some((kind) => kind === value) || urlPath.safeParse(value).success,
);

/** What an image of any service may need. */
const shape = {
  user: userId.optional().describe("`uid:gid` of its processes, not root"),
  root: flag
    .optional()
    .describe("Let an image that runs as root do so, with the few capabilities that stock images need"),
  process: oneOf(["system", "image"])
    .optional()
    .describe(
      "`system` runs the command and the jobs of the system in an image of your own, `image` its own process: the first where the system's file names an image of yours, else the second",
    ),
  port: servicePort
    .optional()
    .describe(
      "Port on which it answers HTTP; inside the network one of the proxy's own, 80, 443, 8098 or 8099, is found 8000 above",
    ),
  health: health
    .optional()
    .describe(
      "How it is asked whether it is healthy: a path, which answers 200 to 399; http, for any answer below 500 on the system's path; tcp, for a port that accepts; command, with `healthCommand`; none, and then a release waits for nothing. No tool of the image is needed but for command",
    ),
  healthCommand: words
    .optional()
    .describe("Command that exits with 0 while it is healthy, as a list; instead of the path"),
  healthSeconds: wholeNumber(1, 300)
    .optional()
    .describe("Seconds that one question for its health may take, 5 unless set"),
  startSeconds: wholeNumber(1, 3600)
    .optional()
    .describe("Seconds that a new container may take to become healthy, 60 unless set"),
  graceSeconds: wholeNumber(1, 3600).optional().describe("Seconds that a stop may take before it is forced"),
  command: words.optional().describe("What it runs, as a list"),
  sourceFolder: urlPath.optional().describe("Where `development` mounts its source"),
  secretsInEnvironment: flag
    .optional()
    .describe("Hand secrets over as environment variables too, for an image that can't read files"),
  metrics: metricsPath.optional().describe('Path of its metrics for Prometheus, "" for none'),
  devices: z
    .array(devicePath, { error: "must be a list of devices" })
    .optional()
    .describe("Devices of the machine that it is handed, such as `/dev/video0`"),
};

/** What else an image of somebody's own needs. */
export const overrideSchema = strict({ ...shape, ...containmentShape });

type Override = z.infer<typeof overrideSchema>;

/** The same of one service, with what only its row tells. */
export function overrideOf(row: ServiceRow) {
  return overrideSchema.superRefine((override, context) => {
    for (const [key, message] of problems(override, row)) {
      context.addIssue({ code: "custom", path: [key], message });
    }
  });
}

/** How an override's `health` is asked, and the path; no kind where the system's way holds, as for all that it knows. */
export function healthIn(
  { health: wanted, healthCommand }: Override,
  row: ServiceRow,
): Pick<ServiceSettings, "health" | "healthKind"> {
  const kind = wanted === undefined ? undefined : (healthKinds.find((each) => each === wanted) ?? "path");
  const path = kind === "path" ? wanted : undefined;
  return {
    health: path ?? row.health ?? "/health",
    healthKind: healthCommand === undefined && isApplication(row) ? kind : undefined,
  };
}

function isApplication(row: ServiceRow): boolean {
  return "phase" in row && row.phase === "application";
}

/** Keys that nothing but an application reads, beside those of `ownKeys`, and those that a service which speaks no HTTP doesn't either. */
const alien = ["sourceFolder", "secretsInEnvironment", ...Object.keys(containmentShape)];
const alienWithoutPort = [
  "port",
  "health",
  "healthCommand",
  "healthSeconds",
  "command",
  "metrics",
  "devices",
];

function isForApplications(key: string, row: ServiceRow): boolean {
  return alien.includes(key) || (row.port === undefined && alienWithoutPort.includes(key));
}

function problems(override: Override, row: ServiceRow): [key: string, message: string][] {
  const { health: wanted, healthCommand, port = row.port } = override;
  const application = isApplication(row);
  const own = Object.keys(override).filter((key) => isForApplications(key, row));
  if (!application && own.length > 0) {
    return own.map((key) => [
      key,
      "must be left out: it is for applications, and this service has what it needs",
    ]);
  }
  if (wanted === undefined) return [];
  if (wanted === "command" && healthCommand === undefined) {
    return [["health", "must come with healthCommand, the command that is asked"]];
  }
  const word = kindNames.some((kind) => kind === wanted);
  if (wanted !== "command" && healthCommand !== undefined) {
    return [["health", "must be left out or command beside healthCommand"]];
  }
  if (word && !application) return [["health", "must be a path: the system knows how this service is asked"]];
  const asksPort = wanted !== "none" && wanted !== "command" && healthCommand === undefined;
  return asksPort && application && port === undefined
    ? [["health", "must be none or command where the service has no port; set port beside it"]]
    : [];
}
