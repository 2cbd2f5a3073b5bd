import { filesPrint, type FilesPrint } from "../../components/containers/filesPrint.ts";
import type { ArchivedFile } from "../docker/archive.ts";
import { isMap } from "../overrides.ts";
import { ownerOf, type StateResource } from "../state/checkpoint.ts";

/** A volume of files. */
export interface Load {
  /** The one that filled it last. */
  carrier: Pick<StateResource, "inputs" | "created">;
  /** Where in the carrier it is. */
  target: string;
}

/** Names below the volume's folder. */
export interface Edited {
  /** What is wrong with those that a carrier has brought, and brings again. */
  changes: string[];
  /** Those that none has brought, and none takes away. */
  added: string[];
}

/** Which files of a load aren't as they were put there. */
export function editedIn({ carrier, target }: Load, files: readonly ArchivedFile[]): Edited {
  const uploads = carrier.inputs?.uploads;
  if (Array.isArray(uploads)) return differences(uploads.filter(isMap), target, files);
  const print = printOf(carrier, target);
  // One of before carriers said what they bring.
  return print === undefined ? { changes: [], added: [] } : sealedDifferences(carrier, print, files);
}

function differences(
  uploads: readonly Record<string, unknown>[],
  target: string,
  files: readonly ArchivedFile[],
): Edited {
  // Without content it is a folder.
  const put = new Map(
    uploads
      .filter(({ file, content }) => content !== undefined && String(file).startsWith(`${target}/`))
      .map(({ file, content }) => [String(file).slice(target.length + 1), content]),
  );
  const there = new Map(files.map(({ name, content }) => [name, content]));
  return {
    changes: [...put].flatMap(([name, content]) => {
      if (!there.has(name)) return [`${name} is missing`];
      return typeof content === "string" && there.get(name) !== content ? [`${name} was edited`] : [];
    }),
    added: [...there.keys()].filter((name) => !put.has(name)),
  };
}

function printOf({ inputs }: Load["carrier"], target: string): FilesPrint | undefined {
  const { files } = ownerOf(inputs);
  if (typeof files !== "string") return undefined;
  return (JSON.parse(files) as Partial<Record<string, FilesPrint>>)[
    target.slice(target.lastIndexOf("/") + 1)
  ];
}

/**
 * Where one of a carrier's files is secret, state has all of them encrypted. The hash tells that one differs, and the
 * time of its change, where that is later than the carrier, which. The provider gives files the time of their upload,
 * by the clock that state goes by too (kreuzwerker/terraform-provider-docker resource_docker_container_funcs.go).
 */
function sealedDifferences(
  { created = "" }: Load["carrier"],
  { names, hash }: FilesPrint,
  files: readonly ArchivedFile[],
): Edited {
  const put = files.filter(({ name }) => names.includes(name));
  const there = files.map(({ name }) => name);
  const filled = Math.ceil(Date.parse(created) / 1000);
  const changes = [
    ...names.filter((name) => !there.includes(name)).map((name) => `${name} is missing`),
    ...put.filter(({ changed }) => changed > filled).map(({ name }) => `${name} was edited`),
  ];
  const wrong = changes.length === 0 ? ["holds other files than were put there"] : changes;
  return {
    changes: filesPrint(put).hash === hash ? [] : wrong,
    added: there.filter((name) => !names.includes(name)),
  };
}
