import type { Mount } from "../../components/containers/containerSpec.ts";
import type { Gate, Linkable } from "../application/link.ts";

/** What a service keeps, for a backup to hold. */
export interface Kept {
  databases?: readonly KeptDatabase[];
  /** By the names under which they are found in a backup. */
  volumes?: Readonly<Record<string, Source>>;
}

/** A PostgreSQL, by its service's name: ours with every database, or somebody else's with the one it is told of. */
export type KeptDatabase = {
  name: string;
  /** What has to have succeeded before anybody asks it. @default nothing */
  gates?: Gate[];
} & (
  | {
      /** Folder with its socket, on which it trusts the superuser. */
      socket: Source;
    }
  | { outside: Linkable & { parts: () => Linkable } }
);

export type Source = Pick<Mount, "volume" | "folder">;
