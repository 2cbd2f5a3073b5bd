import type { Mount } from "../../components/containers/containerSpec.ts";
import type { Gate, Linkable } from "../application/link.ts";

/** What a service keeps, for a backup to hold. */
export interface Kept {
  /** Folder with the socket of its PostgreSQL, which trusts the superuser there. */
  socket?: Source;
  /** What has to have succeeded before anybody asks it. @default nothing */
  gates?: Gate[];
  /** A database that somebody else runs: that one alone. */
  database?: Linkable & { parts: () => Linkable };
  /** By the names under which they are found in a backup. */
  volumes?: Readonly<Record<string, Source>>;
}

export type Source = Pick<Mount, "volume" | "folder">;
