import { fingerprint } from "../components/containers/hash.ts";
import { applicationDefaults } from "../services/application/definition.ts";
import type { SystemDefinition } from "./define.ts";

const { image: referenceApplication, user: sharedUser } = applicationDefaults;
const [first = "", group = ""] = sharedUser.split(":");
/** Numbers that a service may have, from the one after the user that the others share. */
const numbers = 9998;

/**
 * `uid:gid` of a service whose user is ours to choose, because it runs the reference application and has no file but
 * its own: one that follows from its name alone, as the kernel counts processes of a uid over the whole machine
 * (`RLIMIT_NPROC`, getrlimit(2)). Of any other service what its system says: an image may have files of its user's, and
 * a volume those that were written before.
 */
export function ownUser({ name: system, services, volumes = {}, jobs = {} }: SystemDefinition, name: string) {
  const service = services[name];
  if (service === undefined) return undefined;
  const { user, image, mounts = [], socket } = service;
  const shares =
    mounts.length > 0 ||
    socket !== undefined ||
    Object.values(volumes).some((volume) => volume.of === name) ||
    Object.values(jobs).some((job) => job.of === name && (job.only ?? []).length > 0);
  if (user !== sharedUser || image !== referenceApplication || shares) return user;
  const number = Number.parseInt(fingerprint(`${system}/${name}`).slice(0, 8), 16) % numbers;
  return `${Number(first) + 1 + number}:${group}`;
}
