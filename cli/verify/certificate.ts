import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";
import { certificatesName, placeholderOrganisation, reasonFile } from "../../systems/facts.ts";
import { exec } from "../docker/exec.ts";
import { serviceOf } from "../docker/owned.ts";
import type { Verdict } from "./verdicts.ts";
import { visit, type Shown } from "./visit.ts";

/** Days before its end at which a certificate that can't be renewed is a fault. */
const leastDays = 14;

/** Why the CA gave no certificate the last time; empty where it did, or where no CA is asked. */
export async function lastFailure(docker: Docker, containers: readonly ContainerInfo[]): Promise<string> {
  const found = containers.find((one) => serviceOf(one) === certificatesName && one.State === "running");
  if (found === undefined) return "";
  const read = ["cat", reasonFile];
  return exec(docker, found.Id, read).then(
    ({ code, output }) => (code === 0 ? output.trim() : ""),
    () => "",
  );
}

/** The certificate with which the public name is served; nothing over plain HTTP, or where nobody answers. */
export async function lookAtCertificate(
  url: string | undefined,
  address: string | undefined,
  failure: string,
): Promise<Verdict[]> {
  if (url?.startsWith("https:") !== true) return [];
  const { shown } = await visit(url, address);
  return shown
    ? [certificateVerdict(`certificate of ${new URL(url).hostname}`, shown, failure, new Date())]
    : [];
}

/** One that still holds for a while is well, also while a renewal fails. */
export function certificateVerdict(what: string, shown: Shown, failure: string, now: Date): Verdict {
  const { issuer, until, distrust } = shown;
  const left = (until.getTime() - now.getTime()) / 86_400_000;
  const why = failure === "" ? "" : `; the last try failed: ${failure}`;
  const day = until.toISOString().slice(0, 10);
  const say = (outcome: Verdict["outcome"], detail: string): Verdict => ({
    level: "proxy",
    what,
    outcome,
    detail,
  });
  if (issuer.startsWith(placeholderOrganisation))
    return say("fail", `none has been issued yet${why || `; see berth logs ${certificatesName}`}`);
  if (left < 0) return say("fail", `ended on ${day}${why}`);
  if (left < leastDays && failure !== "") return say("fail", `ends on ${day}${why}`);
  const known = distrust === "" ? "" : ", which public clients don't know";
  return say("pass", `of ${issuer || "nobody"}${known}, until ${day}${why}`);
}
