import type { ServiceRow } from "../definition.ts";

export { certificatesName } from "./folders.ts";

/** An uid of its own; its group is the proxy's, which reads what it puts there. */
export const certificatesUid = "10443";

/** What gets and renews certificates from an ACME CA: https://go-acme.github.io/lego. */
export const certificatesRow: ServiceRow = {
  image: "goacme/lego:v5.6.0",
  user: `${certificatesUid}:101`,
  cpus: 0.25,
  memory: 96,
  minMemory: 64,
  maxReplicas: 1,
  replicas: 1,
  graceSeconds: 10,
  keepsData: true,
};
