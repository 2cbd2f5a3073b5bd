import * as z from "zod";
import { filesFolder } from "../components/containers/fileVolume.ts";
import { rule } from "../lib/rules.ts";
import { strict } from "../lib/strict.ts";
import type { SystemDefinition } from "../systems/define.ts";

/** A path that Docker takes as it is, and never the root. */
const target = rule(
  'must be an absolute path such as "/app/data", not "/" alone',
  (value): value is string =>
    typeof value === "string" && /^(?:\/[\w.@~+-]+)+$/.test(value) && !/\/\.\.?(?:\/|$)/.test(value),
);

const volumeName = rule(
  "must be a name of letters, digits and dashes, at most 40",
  (name): name is string => typeof name === "string" && /^[A-Za-z0-9][A-Za-z0-9-]{0,39}$/.test(name),
);

const own = z.record(volumeName, target, { error: 'must be a map such as { data: "/app/data" }' });

/** `volumes` of a system: only what runs an application's image has some of its owner's. */
export function volumesSchema({ services }: SystemDefinition) {
  const may = Object.entries(services).filter(([, { phase }]) => phase === "application");
  return strict(Object.fromEntries(may.map(([name]) => [name, own.optional()])));
}

interface Given {
  volumes: Readonly<Record<string, Readonly<Record<string, string>> | undefined>>;
  replicas: Readonly<Record<string, number | undefined>>;
}

/** What is wrong with them together: path and rule. */
export function volumeProblems(
  { volumes, replicas }: Given,
  { system }: { system: SystemDefinition },
): { path: string[]; rule: string }[] {
  const taken = takenNames(system);
  return Object.entries(volumes).flatMap(([service, mounts = {}]) => {
    const path = ["volumes", service];
    const several = (replicas[service] ?? 1) > 1 && Object.keys(mounts).length > 0;
    const writer = `must be 1, for volumes.${service} has one writer at a time`;
    return [
      ...(several ? [{ path: ["replicas", service], rule: writer }] : []),
      ...Object.keys(mounts).flatMap((name) => {
        const whole = volumeOf(service, name);
        const known = taken.has(whole);
        taken.add(whole);
        return known
          ? [{ path: [...path, name], rule: `must have another name: there is a "${whole}"` }]
          : [];
      }),
      ...targetProblems(mounts, placesOf(system, service)).map(([name, words]) => ({
        path: [...path, name],
        rule: words,
      })),
    ];
  });
}

/** What a volume is called in the stack, and, after the stack's name, in Docker. */
export function volumeOf(service: string, name: string): string {
  return `${service}-${name}`;
}

function targetProblems(
  mounts: Readonly<Record<string, string>>,
  places: readonly string[],
): [name: string, rule: string][] {
  const targets = Object.values(mounts);
  return Object.entries(mounts).flatMap(([name, path], index): [string, string][] => {
    const place = places.find((one) => isInside(path, one) || isInside(one, path));
    if (place !== undefined) return [[name, `must be neither inside nor above ${place}, which is taken`]];
    return targets.indexOf(path) < index ? [[name, "must be another path: there is a volume already"]] : [];
  });
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** Paths of a service's containers in which something is mounted already. */
function placesOf({ services }: SystemDefinition, service: string): string[] {
  const { mounts = [], socket } = services[service] ?? {};
  const own = [...mounts.map(({ target: path }) => path), ...(socket === undefined ? [] : [socket.folder])];
  return [filesFolder, "/proc", "/sys", "/dev", "/tmp", ...own];
}

/** Names that volumes of the system's own have, or may come to have. */
function takenNames({ services, volumes = {} }: SystemDefinition): Set<string> {
  const parts = ["data", "socket", "files", "provision-files", "bucket-files"];
  const own = Object.entries(services).flatMap(([name, { phase }]) =>
    (phase === "store" ? parts : ["files"]).map((part) => `${name}-${part}`),
  );
  return new Set([...Object.keys(volumes), ...own]);
}
