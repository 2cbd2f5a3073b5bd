import { probeImage } from "../../components/containers/probeHealth.ts";
import { LocalHost } from "../../components/hosts/local/local.ts";
import type { KnownHost } from "../../stack/hosts.ts";
import { knownImages } from "../../stack/images.ts";
import { parseSettings } from "../../settings.ts";
import { buildStack } from "../../stack/stack.ts";
import { filesImage } from "../../services/proxy/definition.ts";
import { rowsOf } from "../../systems/facts.ts";
import { systems } from "../../systems/index.ts";
import { runProgram, type Graph } from "./harness.ts";

/** A laptop that has every default image but those named, and `more`. */
export function laptop(
  capacity = { cpus: 8, memory: 16384, gpus: 0 },
  without: string[] = [],
  more: string[] = [],
): KnownHost {
  const rows = Object.values(systems).flatMap((system) => Object.values(rowsOf(system)));
  const references = [...rows.map((row) => row.image), probeImage, ...more];
  const present = references.filter((reference) => !without.includes(reference));
  const images = new Map(present.map((reference) => [reference, `sha256:${reference}`]));
  const known = knownImages({
    present: images,
    locked: new Map(),
    thisMachine: true,
    made: false,
    preview: false,
  });
  return {
    capacity,
    images: known,
    open() {
      const host = new LocalHost("local", { engine: { id: "engine", version: "28.0.0", capacity, images } });
      const image = known.finder(host);
      return { host, image, filesImage: image(filesImage) };
    },
  };
}

/** The whole graph of a stack with this config, on a laptop. */
export async function localStack(config: Record<string, unknown>, host = laptop()): Promise<Graph> {
  return runProgram(() => buildStack(parseSettings(config), host), { stack: "dev" });
}
