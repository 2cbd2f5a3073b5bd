import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A certificate for one host, good for two days, and its key. */
export async function selfSigned(host: string): Promise<{ chain: string; key: string }> {
  const folder = await mkdtemp(join(tmpdir(), "berth-tls-"));
  const [key, chain] = [join(folder, "key.pem"), join(folder, "chain.pem")];
  const kind = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2".split(" ");
  const subject = ["-subj", `/CN=${host}`, "-addext", `subjectAltName=DNS:${host}`];
  await run("openssl", [...kind, ...subject, "-keyout", key, "-out", chain]);
  const made = { chain: await readFile(chain, "utf8"), key: await readFile(key, "utf8") };
  await rm(folder, { recursive: true });
  return made;
}
