import * as pulumi from "@pulumi/pulumi";
import {
  engineFacts,
  LocalHost,
  Network,
  Nginx,
  Postgres,
  pulledImages,
  serviceSettings,
  WebService,
} from "berth/components";

/** A guest book on this machine's Docker: an application, its database, and a proxy before it. */
export default async function guestbook() {
  const config = new pulumi.Config();
  const port = config.requireNumber("port");
  const host = new LocalHost("local", { engine: await engineFacts(), port });

  const image = pulledImages(host);
  const scope = {
    system: "guestbook",
    stack: pulumi.getStack(),
    host,
    image,
    filesImage: image("nginx:1.30"),
    protectData: true,
  };
  const network = new Network("guestbook", { scope });

  const database = new Postgres("database", {
    scope,
    network,
    service: serviceSettings("database", {
      image: "postgres:15",
      user: "999:999",
      limits: { cpus: 1, memory: 512 },
      graceSeconds: 120,
    }),
    database: "guestbook",
    role: "guestbook",
    // What a component has no argument for: any argument of the docker provider's container, merged last.
    override: { logDriver: "json-file", labels: [{ label: "backup", value: "nightly" }] },
  });

  const web = new WebService("web", {
    scope,
    network,
    service: serviceSettings("web", {
      image: config.require("image"),
      user: "1000:1000",
      port: 8000,
      replicas: 2,
      limits: { cpus: 1, memory: 256 },
    }),
    links: [database],
  });

  const proxy = new Nginx("proxy", {
    scope,
    network,
    service: serviceSettings("proxy", {
      image: "nginx:1.30",
      user: "101:101",
      limits: { cpus: 0.5, memory: 64 },
    }),
    answersFor: [web],
    publicListener: { routes: [{ path: "/", to: web }] },
  });

  return { url: proxy.released.apply(() => `http://127.0.0.1:${port}/`) };
}
