import type { BuildArgs, ExternalArgs, Part } from "../definition.ts";
import { vendor } from "../external/vendor.ts";
import { vendorName } from "../external/vendorName.ts";
import { ExternalStore } from "./external.ts";
import { ObjectStore } from "./objectStore.ts";

/** What a system says of its store. */
export interface OwnObjectStoreOptions<Service extends string = string> {
  /** 3-63 lower-case letters, digits and hyphens. */
  bucket: string;
  /** Service whose image has curl, which makes the bucket; a proxy's has it. */
  client: Service;
}

export function buildObjectStore({ bucket, client }: OwnObjectStoreOptions, args: BuildArgs): Part {
  const { name, service, place, opts, context, settingsOf } = args;
  const { scope, network } = place;
  const store = new ObjectStore(
    name,
    { scope, network, service, bucket, client: settingsOf(client), monitored: context.watched },
    opts,
  );
  return {
    link: store,
    resource: store,
    watched: { others: [store] },
    kept: { volumes: { [`${name}-data`]: store.data } },
    secrets: { [`object store, ${store.user}`]: store.password },
    retire: store.retire,
  };
}

/** The one that settings name instead: the host's vendor's, or one at a URL. */
export function externalStore({ name, scope, external, opts }: ExternalArgs): Part {
  return {
    link:
      external === "managed"
        ? vendor(name, scope).bucket(vendorName(name), opts)
        : new ExternalStore(external),
  };
}
