import * as pulumi from "@pulumi/pulumi";
import { fitMachines, openMachines } from "./machines.ts";
import { withholdDebugMessages } from "../lib/debugLog.ts";
import { Jobs } from "../components/containers/jobs.ts";
import { looseNotes } from "../services/application/containment.ts";
import { homeNotes } from "./homeNotes.ts";
import { imagesOf } from "./imagesOf.ts";
import type { KnownHost } from "./hosts.ts";
import { alertsOf, notKept } from "./backups.ts";
import { ownImages } from "./ownImages.ts";
import { outputs, type Outputs } from "./outputs.ts";
import type { Settings } from "../settings.ts";
import { dataRootOf } from "../settings/dataRoot.ts";
import { idleBalancer } from "../settings/balancer.ts";
import { loggingNotes } from "../settings/logging.ts";
import { plainNotes } from "../settings/plain.ts";
import { tlsNotes } from "../settings/tls.ts";
import { shownSecrets } from "../settings/shownSecrets.ts";
import { withoutMissing } from "../settings/dispensable.ts";
import { SettingsError } from "../lib/problems.ts";
import { leftOutJobs } from "./leftOutJobs.ts";
import { healthPage } from "../systems/healthPage.ts";
import { rowsOf } from "../systems/facts.ts";
import { buildSystem } from "./buildSystem.ts";

/** Everything of a stack, on a host whose size is known; limits are fitted before the first resource. */
export async function buildStack(settings: Settings, known: KnownHost): Promise<Outputs> {
  withholdDebugMessages();
  const kept = withoutMissing(settings.services, rowsOf(settings.definition), (image) =>
    known.images.has(image),
  );
  const present = { ...settings, services: kept.services };
  const own = ownImages(kept.services, known.looked ?? new Map(), pulumi.runtime.isDryRun());
  const images = imagesOf({ ...present, services: own.services });
  const problems = [
    ...known.images.problems(images),
    ...own.problems,
    ...idleBalancer(settings.host, settings.definition, { ...settings, services: own.services }),
  ];
  if (problems.length > 0) throw new SettingsError(problems);
  const { services, entries, warnings } = fitMachines({ ...present, services: own.services }, known);
  const opened = known.open();
  const notes = [
    ...known.images.warnings(images),
    ...kept.warnings,
    ...own.warnings,
    ...warnings,
    ...shownSecrets(present),
    ...looseNotes(services),
    ...plainNotes(settings, pulumi.getStack()),
    ...tlsNotes(settings),
    // Machines beside it are in the same region.
    ...(settings.hostKind.notes?.(settings.host) ?? []).map((note) => `host.${note}`),
    ...loggingNotes(settings.logging),
    ...leftOutJobs(settings.definition, services),
    ...notKept(present),
    ...homeNotes({ ...present, services }),
  ];
  await Promise.all(notes.map((warning) => pulumi.log.warn(warning)));
  const common = {
    system: settings.system,
    stack: pulumi.getStack(),
    protectData: settings.protectData,
    networkName: settings.network || undefined,
    jobs: new Jobs(),
    logging: settings.logging,
    rotate: settings.rotate,
    secretWords: new Set(settings.secretWords),
  };
  const { scope, beside, members } = openMachines(present, known, { entries, first: opened, common });
  // A machine that is still to be made isn't begun before all of its parts are known to be right.
  if (settings.hostKind.thisMachine) await sent();
  const { domain, rates, external, superuser } = settings;
  const { headers, routes, trustedProxies, aliases, served, tls, backup } = settings;
  const { maintenance, definition } = settings;
  const dataRoot = dataRootOf(settings, scope.stack);
  const system = await buildSystem(definition, {
    scope,
    beside,
    members,
    services,
    domain,
    publicly: {
      headers,
      routes,
      trustedProxies,
      aliases,
      served,
      ...(tls !== false && { tls }),
      maintenance: { ...maintenance, open: healthPage(definition).map((path) => ({ path, exact: true })) },
    },
    rates,
    external,
    superuser,
    alerts: alertsOf(settings),
    backup,
    dataRoot,
  });
  await common.jobs.succeeded();
  return outputs({ ...settings, services }, { host: scope.host, beside, members, system });
}

/**
 * Lets the host and its provider go to the engine, which starts the plugin while the parts are made. Nothing else goes: a
 * part that can't be made is found before another is asked for. Of the host, its provider and what answers them each
 * takes a few turns; 20 were enough where it was tried.
 */
async function sent(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}
