import { folderOf } from "../../machine/machine.ts";

/**
 * Folders of a cloud machine that lie on its data disk: Docker's volumes, and the system's own folder with data, backups
 * and logs. A new machine takes them over, while its containers and networks are its own.
 */
export function dataFolders(system: string): readonly string[] {
  return ["/var/lib/docker/volumes", folderOf(system)];
}
