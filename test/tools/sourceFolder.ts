import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { docker } from "./docker.ts";

/** A folder that somebody builds an image of: a page served by busybox, as a user of its own. */
export interface SourceFolder extends AsyncDisposable {
  readonly path: string;
  /** Changes a file. */
  write(file: string, text: string): Promise<void>;
  /** Names of the images that were built of it. */
  images(): Promise<string[]>;
}

const dockerfile = `FROM busybox:1.37-musl AS build
ARG GREETING=hello
RUN --mount=type=secret,id=token mkdir -p /www && echo "$GREETING, a token of $(wc -c </run/secrets/token) bytes" >/www/token.txt
COPY page.html /www/index.html

FROM busybox:1.37-musl AS run
COPY --from=build /www /www
USER 1234:1234
CMD ["busybox", "httpd", "-f", "-p", "3000", "-h", "/www"]
`;

/** Its images are removed with it, so the containers have to be gone. */
export async function sourceFolder(page: string): Promise<SourceFolder> {
  const path = await mkdtemp(join(tmpdir(), "berth-built-"));
  const repository = `berth-source/${basename(path).toLowerCase()}`;
  const write = (file: string, text: string) => writeFile(join(path, file), text);
  await mkdir(join(path, "notes"));
  await Promise.all([
    write("Dockerfile", dockerfile),
    write("page.html", page),
    write(".dockerignore", "notes\ntoken\n"),
    write("notes/todo.md", "later\n"),
    write("token", "do-not-keep-me\n"),
  ]);
  const images = async (): Promise<string[]> => {
    const found = await docker.listImages({ filters: JSON.stringify({ reference: [repository] }) });
    return found.flatMap(({ RepoTags }) => RepoTags ?? []);
  };
  return {
    path,
    write,
    images,
    async [Symbol.asyncDispose]() {
      for (const image of await images()) await docker.getImage(image).remove();
      await rm(path, { recursive: true });
    },
  };
}
