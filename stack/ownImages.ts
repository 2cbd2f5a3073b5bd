import type { ServiceSettings } from "../services/application/serviceSettings.ts";
import { ownImage, type LookedUp } from "./ownImage.ts";

type Services = Record<string, ServiceSettings>;

/** What was found of images, by their references. */
export type LookedImages = ReadonlyMap<string, LookedUp>;

/** All of a system's services, each completed by what its image says where that is an owner's own. */
export function ownImages(services: Services, looked: LookedImages, preview: boolean) {
  const completed = Object.entries(services).map(
    ([name, service]) =>
      [name, ownImage(service, looked.get(service.image) ?? { reason: "nobody looked" }, preview)] as const,
  );
  return {
    services: Object.fromEntries(
      completed.map(([name, { service }]): [string, ServiceSettings] => [name, service]),
    ),
    warnings: completed.flatMap(([, { warnings }]) => warnings),
    problems: completed.flatMap(([, { problems }]) => problems),
  };
}
