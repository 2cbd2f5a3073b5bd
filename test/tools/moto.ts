import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fromPypi } from "./pypi.ts";
import { freePort } from "./stack.ts";
import { until } from "./wait.ts";

const moto = await fromPypi("moto_server");

/** Why AWS can't be stood in for here; undefined when it can. */
export const withoutAws = "missing" in moto ? `moto can't be had: ${moto.missing}` : undefined;

/** What speaks AWS's protocols, on this machine. */
export interface Aws {
  url: string;
  /** What makes any client of AWS use it. */
  environment: Record<string, string>;
  /** A Python that has Amazon's own client, boto3. */
  python: string;
  close(): void;
}

export async function startAws(environment: Record<string, string> = {}): Promise<Aws> {
  if ("missing" in moto) throw new Error(withoutAws);
  const port = await freePort();
  const child = spawn(moto.program, ["-H", "127.0.0.1", "-p", `${port}`], {
    stdio: "ignore",
    env: { ...process.env, ...environment },
  });
  const url = `http://127.0.0.1:${port}`;
  await until("AWS to answer", 120, () =>
    fetch(url).then(
      () => true,
      () => undefined,
    ),
  );
  const key = { AWS_ACCESS_KEY_ID: "team", AWS_SECRET_ACCESS_KEY: "team", AWS_REGION: "us-east-1" };
  return {
    url,
    environment: { ...key, AWS_ENDPOINT_URL: url },
    python: join(dirname(moto.program), "python"),
    close: () => child.kill(),
  };
}
