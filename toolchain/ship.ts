import { createGzip } from "node:zlib";
import type { Readable } from "node:stream";
import Docker from "dockerode";
import type { Connection } from "../components/ssh/connection.ts";
import { remote } from "../components/ssh/session.ts";
import type { Progress } from "./progress.ts";

/** An image of this machine's Docker Engine. */
export interface LocalImage {
  reference: string;
  /** `sha256:…` */
  id: string;
}

/**
 * Sends the images that the other machine lacks, by id and all in one stream, so that layers they share go once.
 * It needs no registry. Throws an error that names the fix when the machine stores images under other ids.
 */
export async function shipImages(
  images: readonly LocalImage[],
  connection: Connection,
  progress: Progress,
  docker = new Docker(),
): Promise<LocalImage[]> {
  const step = progress.step(`images on ${connection.target.address}`);
  const present = await idsThere(connection, images);
  const missing = images.filter(({ id }) => !present.has(id));
  if (missing.length === 0) {
    step.skip("all there");
    return [];
  }
  try {
    let sent = 0;
    const stream = (await saved(docker, missing))
      .pipe(createGzip({ level: 1 }))
      .on("data", (chunk: Buffer) => {
        sent += chunk.length;
        step.note(
          `sent ${Math.round(sent / 1e6)} MB of ${missing.map(({ reference }) => reference).join(", ")}`,
        );
      });
    await remote(connection, "docker load --quiet", { input: stream, deadline: 3600 });
    const arrived = await idsThere(connection, missing);
    const strange = missing.find(({ id }) => !arrived.has(id));
    if (strange !== undefined) {
      throw new Error(
        `images: ${strange.reference} must have the same id on ${connection.target.address} as here; the two Docker Engines ` +
          "store images in different ways, so push it to a registry and name it by digest",
      );
    }
    step.done(`sent ${missing.length}, ${Math.round(sent / 1e6)} MB`);
    return missing;
  } catch (error) {
    step.fail(error instanceof Error ? error.message : String(error));
    throw error;
  }
}

async function idsThere(connection: Connection, images: readonly LocalImage[]): Promise<Set<string>> {
  // One that is missing makes the command fail, and the others are printed all the same.
  const ids = images.map(({ id }) => id).join(" ");
  const there = await remote(
    connection,
    `docker image inspect --format '{{.Id}}' ${ids} 2>/dev/null; docker version >/dev/null`,
  );
  return new Set(there.split("\n"));
}

/** The body of `docker save`; dockerode itself takes one image at a time. */
function saved(docker: Docker, images: readonly LocalImage[]): Promise<Readable> {
  const names = images.map(({ reference }) => `names=${encodeURIComponent(reference)}`).join("&");
  return new Promise((resolve, reject) => {
    const statusCodes = { 200: true, 404: "no such image", 500: "server error" };
    // docker-modem cuts a path's last character when there are no options.
    const request = { path: `/images/get?${names}&`, method: "GET", isStream: true, statusCodes };
    docker.modem.dial(request, (error: Error | null, body: unknown) => {
      if (error === null) resolve(body as Readable);
      else reject(error);
    });
  });
}
