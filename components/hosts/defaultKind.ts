/** The kind of host where settings name none. */
export const defaultKind = "local";
