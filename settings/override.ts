import * as z from "zod";
import { devicePath, flag, metricsPath, text, urlPath, userId, wholeNumber } from "../lib/rules.ts";
import { strict } from "../lib/strict.ts";
import { proxyPorts } from "../services/proxy/ports.ts";

const words = z.array(text, { error: "must be a list of words" });

/** Below 1024 too: Docker lets every user of a container listen there (measured on 20.10, as uid 10001 on port 79). */
const servicePort = wholeNumber(1, 65535).refine((port) => !proxyPorts.includes(port), {
  error: `must not be a port of the proxy (${proxyPorts.join(", ")}), which answers for the service inside the network`,
});

/** What else an image of somebody's own needs. */
export const overrideSchema = strict({
  user: userId.optional().describe("`uid:gid` of its processes, not root"),
  port: servicePort.optional().describe("Port on which it answers HTTP, one that isn't the proxy's own"),
  health: urlPath.optional().describe("Path that answers 200 while it is healthy"),
  healthCommand: words
    .optional()
    .describe("Command that exits with 0 while it is healthy, as a list; instead of the path"),
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
});
