import { posix } from "node:path";
import { container, labelled, list, object, shown, swarmService, type Facts, type Rule } from "../facts.ts";
import { path, specOf } from "./services.ts";

const machines = new Set(["aws:ec2/instance:Instance", "gcp:compute/instance:Instance"]);

/** A cloud machine's boot disk goes with it; volumes and the system's folder are on the disk that stays. */
export const dataOnDisk: Rule = {
  name: "data-on-disk",
  description:
    "On a machine that a cloud replaces, a container writes no folder but those on the data disk, and that where backups go.",
  fix: "Keep the data in a volume, or in the folder /opt/<system>-platform.",
  stackwide: true,
  violations: (resource, stack) => {
    const system = labelled(resource, "berth.system");
    if (typeof system !== "string" || !stack.some(({ type }) => machines.has(type))) return [];
    if (labelled(resource, "berth.role") === "data") return elsewhere(resource);
    if (resource.type !== container && resource.type !== swarmService) return [];
    const kept = `/opt/${system}-platform`;
    return writtenFolders(resource)
      .filter(({ folder }) => !isInside(String(folder), kept))
      .map(({ path, folder }) => `${path}: must be below ${kept}, got ${shown(folder)}`);
  },
};

function isInside(folder: string, kept: string): boolean {
  const path = posix.normalize(folder);
  return path === kept || path.startsWith(`${kept}/`);
}

/** A volume whose driver keeps it somewhere else than with Docker's own. */
function elsewhere({ props: { driver = "local", driverOpts } }: Facts): string[] {
  const { device } = object(driverOpts);
  return [
    ...(driver === "local" ? [] : [`driver: must be local, got ${shown(driver)}`]),
    ...(device === undefined ? [] : [`driverOpts.device: must be left out, got ${shown(device)}`]),
  ];
}

/** Folders of the machine that a container may write: binds, and what carries the first files into one. */
function writtenFolders(resource: Facts): { path: string; folder: unknown }[] {
  const { props } = resource;
  const spec = specOf(resource);
  const binds = list(spec?.mounts ?? props.mounts).map(object);
  const place = spec === undefined ? "mounts" : `${path}.mounts`;
  const folders = list(props.volumes).map(object);
  const isTarget = isBackupTarget(resource);
  return [
    ...binds.flatMap(({ type, source, target, readOnly }, index) =>
      type === "bind" && readOnly !== true && !isTarget(target)
        ? [{ path: `${place}.${index}.source`, folder: source }]
        : [],
    ),
    ...folders.flatMap(({ hostPath, containerPath, readOnly }, index) =>
      hostPath !== undefined && readOnly !== true && !isTarget(containerPath)
        ? [{ path: `volumes.${index}.hostPath`, folder: hostPath }]
        : [],
    ),
  ];
}

/** Where backups go is a setting's, and best another machine's disk. */
function isBackupTarget(resource: Facts): (inside: unknown) => boolean {
  const backup = labelled(resource, "berth.service") === "backup";
  return (inside) => backup && (inside === "/backup/target" || inside === "/berth/target");
}
