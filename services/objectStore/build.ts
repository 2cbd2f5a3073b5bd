import type { BuildArgs, ExternalArgs, Part } from "../definition.ts";
import { outsideStore } from "../external/external.ts";
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
  };
}

/** The one that settings name instead. */
export function externalStore({ name, opts, ...outside }: ExternalArgs): Part {
  return { link: outsideStore(name, outside, opts) };
}
