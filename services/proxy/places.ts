/** What the proxy's container and its release step share; it outlives both, and every run. */
export const liveFolder = "/run/berth";

/** The configuration that nginx runs. */
export const liveConf = `${liveFolder}/nginx.conf`;

/** There while maintenance is on, whoever put it there: `berth maintenance`, or a person by `docker exec`. */
export const maintenanceFlag = `${liveFolder}/maintenance`;

/** What the public gets then. */
export const maintenancePage = `${liveFolder}/maintenance.html`;
