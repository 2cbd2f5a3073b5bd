import { list, type Store } from "./call.ts";
import { verbs } from "./verbs.ts";

/** The machine's, as its guest agent publishes it. */
const hostKey = "AAAAC3NzaC1lZDI1NTE5AAAAIJo2b4d5e6f7g8h9i0j1k2l3m4n5o6p7q8r9s0t1u2v3";

/** What the `gcloud` here prints. Throws what it refuses. */
export function gcloud(compute: Store, words: readonly string[]): string {
  const [, collection, verb, name] = words.filter((word) => !word.startsWith("--"));
  const option = (key: string) =>
    words.find((word) => word.startsWith(`--${key}=`))?.slice(key.length + 3) ?? "";
  const [zone, region] = [option("zone"), option("region")];
  const path = `${zone === "" ? `regions/${region}` : `zones/${zone}`}/${collection}/${name}`;
  const found = compute.resource(compute.link(path));
  const call = { compute, path, found, body: {}, query: new URLSearchParams() };
  switch (`${collection} ${verb}`) {
    case "instances get-guest-attributes":
      return hostKey;
    case "addresses describe":
      return compute
        .holders(found.address)
        .map((link) => link.replace(/.*\//, ""))
        .join();
    case "instances describe":
      if (option("format") === "value(deletionProtection)")
        return found.deletionProtection === true ? "True" : "False";
      return String(list(list(found.networkInterfaces)[0]?.accessConfigs)[0]?.name);
    case "instances stop":
      Object.assign(found, verbs.stop?.(call));
      return "";
    case "instances delete-access-config":
      Object.assign(found, verbs.deleteAccessConfig?.(call));
      return "";
    default:
      throw new Error(`gcloud ${words.join(" ")}: not stood in for`);
  }
}
