import * as pulumi from "@pulumi/pulumi";
import { Jobs } from "../../../components/containers/jobs.ts";
import { Network } from "../../../components/containers/network.ts";
import { Postgres } from "../../../services/postgres/postgres.ts";
import { findHost } from "../../../stack/hosts.ts";
import { readSettings } from "../../../settings.ts";

/** A database alone, its data in a volume, or below the folder in config key `test:dataRoot`. */
export default async function database(): Promise<void> {
  const settings = await readSettings();
  const known = await findHost(settings);
  const { system, protectData, network: networkName } = settings;
  const jobs = new Jobs();
  const scope = { ...known.open(), system, protectData, networkName, stack: pulumi.getStack(), jobs };
  const { postgres: service } = settings.services;
  if (!service) throw new Error("database: must be given docsai's services");
  new Postgres("postgres", {
    scope,
    network: new Network("database-network", { scope }),
    service,
    database: "shop",
    role: "shop",
    dataRoot: new pulumi.Config("test").get("dataRoot"),
  });
  await jobs.succeeded();
}
