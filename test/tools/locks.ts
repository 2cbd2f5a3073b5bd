import { join } from "node:path";
import { cacheFolder } from "../../toolchain/images/cache.ts";

/** Held while what live tests need is made. */
export const preparing = join(cacheFolder, "live-tests-prepare.lock");

/** Places on the machine: a file that runs beside another takes one, any other takes both. */
export const places = ["1", "2"].map((place) => join(cacheFolder, `live-tests-${place}.lock`));
