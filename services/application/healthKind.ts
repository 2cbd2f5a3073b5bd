/** How a service is asked for its health. `http` asks the system's path, where any answer will do that isn't an error of the server's. */
export const healthKinds = ["none", "tcp", "http", "command", "path"] as const;
export type HealthKind = (typeof healthKinds)[number];
