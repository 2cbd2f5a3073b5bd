/** Folders whose neighbours are the same program's: what makes one below makes others beside it. */
const shared = /^\/(?:var\/(?:lib|cache|log|spool|tmp|run)\/[^/]+|run(?:\/[^/]+)?|var\/run)$/;

/** Names of folders that hold what a program writes, and nothing of its image. */
const written =
  /^(?:logs?|data|db|cache|tmp|temp|uploads?|media|run|state|storage|sessions?|store|var|files?|spool)$/i;

/**
 * The folder to be made writable, for a file or folder that couldn't be made; nothing where it holds the image's own
 * files, which would be hidden.
 */
export function writableFolder(path: string, kind: "file" | "folder"): string | undefined {
  const parent = parentOf(path);
  const folder = kind === "folder" && !shared.test(parent) ? path : parent;
  if (kind === "folder") return folder;
  if (isWritten(folder)) return folder;
  // Some name a folder that they make as they name a file.
  return isWritten(path) ? path : undefined;
}

/** The same for a file that may not be written, and is there. */
export function deniedFolder(path: string): string | undefined {
  // Anybody may write there; what may not be done is run a program from it, in folders that libraries make below it too.
  if (path.startsWith("/tmp/")) return "/tmp";
  const folder = parentOf(path);
  return isWritten(folder) ? folder : undefined;
}

function isWritten(folder: string): boolean {
  const [last = ""] = folder.split("/").slice(-1);
  return (
    written.test(last) || shared.test(folder) || /^\/var\/(?:log|cache|tmp|run|spool)$|^\/run$/.test(folder)
  );
}

function parentOf(path: string): string {
  return path.replace(/\/[^/]*\/?$/, "") || "/";
}
