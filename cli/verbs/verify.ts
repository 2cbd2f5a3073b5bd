import type { ContainerInfo } from "dockerode";
import { reachedDockers, type Lost } from "../docker/machines.ts";
import { owned, roleOf, serviceOf } from "../docker/owned.ts";
import { swarmServiceOf } from "../docker/swarm.ts";
import { publicProxies } from "../docker/publicProxies.ts";
import { maintenanceSeen } from "../maintenance/state.ts";
import { goesOn, maintenanceVerdicts, whileClosed } from "../maintenance/verdicts.ts";
import { kindOf } from "../hostKind.ts";
import { nothingRuns } from "../look.ts";
import { isMap, settingsOf } from "../overrides.ts";
import { checkSettings } from "../preflight/settings.ts";
import { checkpointOf, openSession, type CommonOptions } from "../session.ts";
import { revealed } from "../stackFile/revealed.ts";
import { wantedContainers, wantedServices, type Checkpoint } from "../state/checkpoint.ts";
import { urlsOf } from "../summary.ts";
import { table } from "../table.ts";
import { count } from "../units.ts";
import { lastFailure, lookAtCertificate } from "../verify/certificate.ts";
import { backupState } from "../backup/state.ts";
import { diskOf } from "../docker/disk.ts";
import { backupService } from "../../systems/facts.ts";
import { backupVerdict } from "../verify/backup.ts";
import { lookAtBackupFolder } from "../verify/backupFolder.ts";
import { lookAtCollation } from "../verify/collation.ts";
import { diskVerdict } from "../verify/disk.ts";
import { lookAtFirewall } from "../verify/firewall.ts";
import { lookAtVersion } from "../verify/floor.ts";
import { healthPath } from "../verify/healthPath.ts";
import {
  lookAtContainer,
  lookAtDependencies,
  lookAtInnerName,
  lookAtPage,
  lookAtPageBeside,
} from "../verify/look.ts";
import { handMade, isFronted, lookAtRecords } from "../verify/records.ts";
import { levels, type Verdict } from "../verify/verdicts.ts";

/** Looks whether a system works, level by level: machines, containers, endpoints, dependencies, proxy. Exits with 1 if not. */
export async function verify(options: CommonOptions): Promise<number> {
  const session = await revealed(await openSession(options));
  const { output, stack } = session;
  const [checkpoint, { settings }] = await Promise.all([
    checkpointOf(session),
    checkSettings(stack, { ended: true }),
  ]);
  const { dockers, ways, lost } = await reachedDockers(stack.config, checkpoint);
  const kind = kindOf(settingsOf(stack.config).host);
  const hasSetup = kind?.setup !== undefined;
  // Of a machine that a cloud is still to make, this one's disk says nothing.
  const isThere = ways.length > 0 || kind?.thisMachine !== undefined;
  const [docker] = dockers;
  const machines = await Promise.all(
    dockers.map(async (machine) => {
      const { containers } = await owned(machine, stack.name);
      return containers
        .filter((one) => roleOf(one) === "service" && one.State === "running")
        .map((info) => ({ machine, info }));
    }),
  );
  const services = machines.flat().map(({ info }) => info);
  const outputs = checkpoint?.outputs ?? {};
  const endpoints = textsIn(outputs.endpoints);
  const address = typeof outputs.address === "string" ? outputs.address : undefined;
  const owners = Object.values(settings?.services ?? {}).some(({ candidate }) => candidate !== undefined);
  const answering = machines.flat().flatMap(({ machine, info }) => {
    const url = endpoints.find(([service]) => service === serviceOf(info))?.[1];
    if (url === undefined) return [];
    const port = settings?.services[serviceOf(info)]?.port ?? Number(new URL(url).port);
    return [{ machine, info, port }];
  });
  const proxies = publicProxies(
    machines.map((each, index) => ({
      docker: dockers[index] ?? docker,
      containers: each.map(({ info }) => info),
    })),
  );
  const own = proxies.find((one) => one.docker === docker);
  const maintenance = await maintenanceSeen(proxies);
  const urls = urlsOf(outputs);
  const lookAtBackups = async (): Promise<Verdict[]> => {
    if (services.length === 0) return [];
    const backup = services.find((info) => serviceOf(info) === backupService);
    const folder = backup ? await lookAtBackupFolder(docker, backup) : [];
    return [backupVerdict(await backupState(docker, services, settings)), ...folder];
  };
  const verdicts = (
    await Promise.all([
      ...ways.map((way) => lookAtFirewall(way, hasSetup)),
      ...(isThere
        ? dockers.map(async (machine, index) => diskVerdict(await diskOf(machine, ways[index]), stack.name))
        : []),
      ...machines.flat().map(({ machine, info }) => lookAtContainer(machine, info)),
      ...machines
        .flat()
        .map(({ machine, info }) =>
          lookAtVersion(machine, info, settings?.definition.services[serviceOf(info)]?.kind),
        ),
      ...machines
        .flat()
        .filter(({ info }) => settings?.definition.services[serviceOf(info)]?.kind === "postgres")
        .map(({ machine, info }) => lookAtCollation(machine, info)),
      ...answering.map(({ machine, info, port }) => lookAtDependencies(machine, info, port)),
      ...(own
        ? endpoints.map(([name, url]) =>
            lookAtInnerName(docker, own.container, url, healthPath(settings?.services[name])),
          )
        : []),
      lastFailure(docker, services).then((failure) => lookAtCertificate(urls[0]?.[1], address, failure)),
      lookAtRecords(handMade(outputs), isFronted(stack.config)),
      ...urls.flatMap(([page, url]) => {
        const dispensable = owners && page !== "application";
        const looks = [
          lookAtPage(url, address, dispensable),
          ...proxies.filter((one) => one !== own).map((one) => lookAtPageBeside(one, url, dispensable)),
        ];
        return looks.map(async (look) => whileClosed(maintenance, await look, goesOn(page, urls)));
      }),
    ])
  )
    .flat()
    .concat(maintenanceVerdicts(maintenance))
    .concat(missing(checkpoint, services))
    .concat(lost.map(lostVerdict))
    .concat(await lookAtBackups());
  const sorted = levels.flatMap((level) => verdicts.filter((verdict) => verdict.level === level));
  const failures = sorted.filter(({ outcome }) => outcome === "fail").length;
  const ok = failures === 0 && services.length > 0;
  if (output.json) {
    output.emit({ stack: stack.name, ok, checks: sorted });
    return ok ? 0 : 1;
  }
  if (services.length === 0 && lost.length === 0 && (checkpoint?.resources ?? []).length === 0) {
    output.say(nothingRuns(stack.name, false));
    return 1;
  }
  const columns = [
    { title: "level" },
    { title: "what", shrink: true },
    { title: "" },
    { title: "detail", shrink: true },
  ];
  const paint = (text: string, column: number, row: number): string => {
    if (row < 0) return output.colour.dim(text);
    const { green, red, yellow } = output.colour;
    return column === 2
      ? { pass: green, warn: yellow, fail: red, skip: yellow }[sorted[row]?.outcome ?? "skip"](text)
      : text;
  };
  const rows = sorted.map(({ level, what, outcome, detail }) => [level, what, outcome, detail]);
  const width = output.stream.columns || 110;
  for (const line of table(columns, rows, { width, paint })) output.say(line);
  output.say(services.length === 0 ? nothingRuns(stack.name, false) : summary(sorted, failures));
  return ok ? 0 : 1;
}

function lostVerdict({ machine, problem }: Lost): Verdict {
  return { level: "machine", what: machine, outcome: "fail", detail: problem };
}

function summary(verdicts: readonly Verdict[], failures: number): string {
  const those = (wanted: Verdict["outcome"]) => verdicts.filter(({ outcome }) => outcome === wanted).length;
  const warned = those("warn");
  const all = `${those("pass")} passed, ${failures} failed, ${those("skip")} skipped`;
  return warned === 0 ? all : `${all}, ${count(warned, "warning")}`;
}

function textsIn(value: unknown): [string, string][] {
  return isMap(value) ? Object.entries(value).map(([key, text]) => [key, String(text)]) : [];
}

/** Containers that ought to run and don't; of a swarm's service by their number, over all machines. */
export function missing(checkpoint: Checkpoint | undefined, running: readonly ContainerInfo[]): Verdict[] {
  const ids = new Set(running.map(({ Id }) => Id));
  const gone = checkpoint ? wantedContainers(checkpoint).filter(({ id = "" }) => !ids.has(id)) : [];
  const short = (checkpoint ? wantedServices(checkpoint) : []).flatMap(({ id, service, replicas }) => {
    const there = running.filter((one) => swarmServiceOf(one) === id).length;
    return there >= replicas ? [] : [{ service, detail: `${there} of ${replicas} containers run` }];
  });
  const all = [...gone.map(({ service }) => ({ service, detail: "a container doesn't run" })), ...short];
  return all.map(({ service, detail }) => ({ level: "container", what: service, outcome: "fail", detail }));
}
