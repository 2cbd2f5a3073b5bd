import * as pulumi from "@pulumi/pulumi";
import { Jobs } from "../../../components/containers/jobs.ts";
import { Network } from "../../../components/containers/network.ts";
import { findHost } from "../../../stack/hosts.ts";
import { gunicorn } from "../../../services/application/gunicorn.ts";
import { Nginx } from "../../../services/proxy/nginx.ts";
import { WebService } from "../../../services/web/webService.ts";
import { readSettings } from "../../../settings.ts";

/** One application behind one proxy, and ways to get either wrong, by config key `test:variant`. */
export default async function small(): Promise<void> {
  const settings = await readSettings();
  const variant = new pulumi.Config("test").get("variant");
  const known = await findHost(settings);
  const { system, protectData, network: networkName } = settings;
  const scope = {
    ...known.open(),
    system,
    protectData,
    networkName,
    stack: pulumi.getStack(),
    jobs: new Jobs(),
  };
  const place = { scope, network: new Network("small-network", { scope }) };
  const { attn_backend_api: api, "main-app-nginx": nginx } = settings.services;
  if (!api || !nginx) throw new Error("small: must be given attn's services");
  const backend = new WebService("backend", {
    ...place,
    service: { ...api, replicas: 1 },
    command: gunicorn({
      app: "app.asgi:app",
      workerClass: "uvicorn.workers.UvicornWorker",
      workers: 2,
      bind: "0.0.0.0:8000",
    }),
    migration: variant === "failing migration" ? ["sh", "-c", "echo no such column; exit 3"] : ["true"],
  });
  // Longer than the longest name that nginx's table of names takes, which its test alone knows.
  const names = variant === "refused configuration" ? [`${"a".repeat(900)}.example`] : undefined;
  new Nginx("proxy", {
    ...place,
    service: nginx,
    answersFor: [backend],
    publicListener: { names, routes: [{ path: "/", to: backend }] },
  });
  await scope.jobs.succeeded();
}
