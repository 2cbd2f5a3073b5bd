import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Outputs } from "../../stack/outputs.ts";

const ask =
  "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=10).read().decode())";

/** Another team's program: a container of its own in a Berth stack's network, where it finds services by name. */
export default function neighbour() {
  const config = new pulumi.Config();
  const [service, path, image] = [config.require("service"), config.require("path"), config.require("image")];
  const stack = new pulumi.StackReference(config.require("stack"));
  const network = stack.requireOutput("network") as Outputs["network"];
  const endpoints = stack.requireOutput("endpoints") as pulumi.Output<Outputs["endpoints"]>;
  const url = endpoints.apply((known) => urlIn(known, service));
  const container = new docker.Container("neighbour", {
    image,
    command: ["python3", "-c", ask, pulumi.interpolate`${url}${path}`],
    networksAdvanced: [{ name: network }],
    // Invited, or `berth drift` would call it a stray.
    labels: [{ label: "berth.neighbour", value: network }],
    user: "65534:65534",
    readOnly: true,
    capabilities: { drops: ["ALL"] },
    memory: 128,
    // It ends by itself, and what it printed is an output.
    mustRun: false,
    attach: true,
    logs: true,
  });
  return { url, exitCode: container.exitCode, answer: container.containerLogs };
}

function urlIn(endpoints: Outputs["endpoints"], service: string): string {
  const url = endpoints[service];
  if (url !== undefined) return url;
  throw new Error(`service: must be one of ${Object.keys(endpoints).join(", ")}, got "${service}"`);
}
