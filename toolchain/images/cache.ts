import envPaths from "env-paths";

/** Where everything that may be made again is kept: outside the checkout, which stays clean. */
export const cacheFolder = envPaths("berth", { suffix: "" }).cache;
