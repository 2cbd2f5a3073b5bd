/** What a command is for that runs before a service's new containers, in the order in which they run. */
export const jobKinds = ["check", "migrate", "static", "seed"] as const;

export type JobKind = (typeof jobKinds)[number];

/** Commands of a service's image, by what they are for. */
export type JobCommands = Partial<Record<JobKind, readonly string[]>>;
