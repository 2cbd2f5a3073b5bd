import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { filesLabel, filesPrint, type FilesPrint } from "./filesPrint.ts";
import type { Belonging } from "./former.ts";
import { fingerprint } from "./hash.ts";
import { known } from "./known.ts";
import { labels, type Label } from "./labels.ts";
import type { Scope } from "./scope.ts";

/** A file as the provider takes it, by its name below the load; none is the top folder itself. */
type Upload = docker.types.input.ContainerUpload & { file: string };

/** A volume, or a folder of the machine, and what is unpacked into it. */
export type Load = VolumeLoad | FolderLoad;

export interface VolumeLoad {
  volume: pulumi.Output<string>;
  uploads: Upload[];
}

export interface FolderLoad {
  folder: pulumi.Output<string>;
  uploads: Upload[];
}

/** What a load is once it is filled: the source of a mount. */
type Filled<L extends Load> = L extends Load ? Omit<L, "uploads"> : never;

type FilledLoads<Loads extends Record<string, Load>> = { [Key in keyof Loads]: Filled<Loads[Key]> };

export interface CarrierArgs<Loads extends Record<string, Load>> {
  scope: Scope;
  service: string;
  loads: Loads;
}

/**
 * Fills all of a service's volumes and folders, each the source of a mount once that is done. The container that
 * carries the files is never started: the engine unpacks uploads into the volumes of a stopped container too, so no
 * process needs root's powers, and it is the same on a laptop and over ssh.
 */
export function carrier<Loads extends Record<string, Load>>(
  name: string,
  args: CarrierArgs<Loads>,
  belonging: Belonging,
): FilledLoads<Loads> {
  return carried(name, args, belonging).filled;
}

/** A {@link carrier} with what changes whenever it fills its loads anew, for who changes their files after it. */
export function carried<Loads extends Record<string, Load>>(
  name: string,
  { scope, service, loads }: CarrierArgs<Loads>,
  { parent }: Belonging,
): { filled: FilledLoads<Loads>; filling: pulumi.Output<string> } {
  const all = Object.entries<Load>(loads).map(([key, load]) => ({
    ...load,
    key,
    target: `/berth/${key}`,
    uploads: load.uploads.map((upload) => ({
      ...upload,
      ...(upload.content !== undefined && { content: notEmpty(upload.content) }),
    })),
  }));
  const volumes = all.flatMap((load) =>
    "folder" in load ? [{ hostPath: load.folder, containerPath: load.target }] : [],
  );
  const uploads = all.flatMap((load) =>
    load.uploads.map((upload) => ({ ...upload, file: `${load.target}/${upload.file}` })),
  );
  const made = new docker.Container(
    name,
    {
      image: scope.filesImage,
      command: ["true"],
      start: false,
      mustRun: false,
      networkMode: "none",
      mounts: all.flatMap((load) =>
        "volume" in load ? [{ type: "volume", source: load.volume, target: load.target }] : [],
      ),
      ...(volumes.length > 0 && { volumes }),
      uploads,
      logDriver: "none",
      labels: [
        ...labels(
          scope,
          service,
          "files",
          pulumi.unsecret(pulumi.output({ volumes, uploads }).apply(fingerprint)),
        ),
        ...filesLabels(all.filter((load) => "volume" in load)),
      ],
    },
    {
      parent,
      ...scope.host.onHost,
      deleteBeforeReplace: false,
      ignoreChanges: ["image"],
      replaceOnChanges: ["#initerror"],
    },
  );
  const filled = Object.entries<Load>(loads).map(([key, load]) => [
    key,
    "folder" in load ? { folder: known(load.folder, made) } : { volume: known(load.volume, made) },
  ]);
  return { filled: Object.fromEntries(filled) as FilledLoads<Loads>, filling: made.id };
}

/**
 * What the volumes of files are given, for who looks whether they still have it: their uploads are secret as soon as one
 * is, names and all. A folder that is handed over to its owner is nobody's to look into.
 */
function filesLabels(loads: readonly { key: string; uploads: Upload[] }[]): Label[] {
  const filled = loads.filter(({ uploads }) => uploads.every(({ file }) => file !== ""));
  if (filled.length === 0) return [];
  const uploads = Object.fromEntries(filled.map((load) => [load.key, load.uploads]));
  const value = pulumi
    .output(uploads)
    .apply((given) => JSON.stringify(Object.fromEntries(Object.entries(given).map(printed))));
  return [{ label: filesLabel, value: pulumi.unsecret(value) }];
}

function printed([key, uploads]: [string, pulumi.Unwrap<Upload>[]]): [string, FilesPrint] {
  const files = uploads.map(({ file, content = "", owner = "0", group = "0" }) => ({
    name: file,
    content,
    owner: `${owner}:${group}`,
  }));
  return [key, filesPrint(files)];
}

/**
 * The provider refuses an upload of nothing, such as the password of a database at a socket: who reads a secret goes by
 * its first line.
 */
function notEmpty(content: pulumi.Input<string | undefined>): pulumi.Input<string | undefined> {
  if (typeof content === "string") return content === "" ? "\n" : content;
  return pulumi.output(content).apply((text) => (text === "" ? "\n" : text));
}
