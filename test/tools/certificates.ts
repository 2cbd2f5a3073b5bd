import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Pair {
  certificate: string;
  key: string;
}

/** Certificates of a CA of a test's own, whose root nobody knows. */
export interface TestCa {
  /** PEM text of the root, and of what it signed. */
  root: string;
  intermediate: string;
  /** One for these names, or addresses as `IP:…`, signed by the intermediate, for so many days. */
  issue(names: readonly string[], days?: number): Promise<Pair>;
  close(): Promise<void>;
}

/** Made by the `openssl` of this machine. */
export async function testCa(): Promise<TestCa> {
  const folder = await mkdtemp(join(tmpdir(), "berth-ca-"));
  const inFolder = (file: string): string => join(folder, file);
  const ssl = (words: string, ...more: string[]) => run("openssl", [...words.split(" "), ...more]);
  const text = (file: string): Promise<string> => readFile(inFolder(file), "utf8");
  const newKey = (name: string) =>
    ssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out", inFolder(`${name}.key`));
  await writeFile(inFolder("ca.ext"), "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n");
  await newKey("root");
  await ssl(
    `req -x509 -new -days 30 -subj /CN=Test-Root -key ${inFolder("root.key")} -out ${inFolder("root.pem")}`,
  );
  const sign = async (name: string, signer: string, extensions: string, days: number): Promise<void> => {
    await ssl(`req -new -subj /CN=${name} -key ${inFolder(`${name}.key`)} -out ${inFolder(`${name}.csr`)}`);
    const authority = `-CA ${inFolder(`${signer}.pem`)} -CAkey ${inFolder(`${signer}.key`)} -CAcreateserial`;
    await ssl(
      `x509 -req -in ${inFolder(`${name}.csr`)} ${authority} -days ${days} -extfile ${inFolder(extensions)} -out ${inFolder(`${name}.pem`)}`,
    );
  };
  await newKey("Intermediate");
  await sign("Intermediate", "root", "ca.ext", 30);
  let count = 0;
  return {
    root: await text("root.pem"),
    intermediate: await text("Intermediate.pem"),
    async issue(names, days = 90) {
      count += 1;
      const name = `site-${count}`;
      await newKey(name);
      await writeFile(
        inFolder(`${name}.ext`),
        `subjectAltName=${names.map((one) => (one.startsWith("IP:") ? one : `DNS:${one}`)).join(",")}\n`,
      );
      await sign(name, "Intermediate", `${name}.ext`, days);
      return { certificate: await text(`${name}.pem`), key: await text(`${name}.key`) };
    },
    close: () => rm(folder, { recursive: true }),
  };
}
