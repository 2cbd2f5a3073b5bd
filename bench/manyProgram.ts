import * as pulumi from "@pulumi/pulumi";
import { engineFacts } from "../components/hosts/engine.ts";
import { LocalHost } from "../components/hosts/local/local.ts";
import { localImages } from "../components/containers/images.ts";
import { Network } from "../components/containers/network.ts";
import { StatefulService } from "../components/containers/statefulService.ts";

/** As many services as BERTH_BENCH_SERVICES says, each a container that does nothing and is healthy. */
export default async function program() {
  const engine = await engineFacts();
  const host = new LocalHost("local", { engine });
  const image = localImages(engine.images, host);
  const scope = {
    system: "many",
    stack: pulumi.getStack(),
    host,
    image,
    filesImage: image("redis:7"),
    protectData: false,
  };
  const network = new Network("many", { scope });
  const count = Number(process.env.BERTH_BENCH_SERVICES);
  for (let index = 1; index <= count; index++) {
    new StatefulService(`many-${index}`, {
      scope,
      spec: {
        image: image("redis:7"),
        user: "999:999",
        command: ["sleep", "infinity"],
        networks: [{ network: network.networkName }],
        limits: { cpus: 0.1, memory: 32 },
        health: { test: ["CMD", "true"] },
        graceSeconds: 1,
      },
    });
  }
  return {};
}
