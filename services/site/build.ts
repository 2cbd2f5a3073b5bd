import type { BuildArgs, Part } from "../definition.ts";
import { WebService } from "../web/webService.ts";
import { viteDev } from "./vite.ts";

export function buildSite(api: string | undefined, args: BuildArgs): Part {
  const { name, service, place, opts, context, application } = args;
  const developing = service.source !== undefined;
  const site = new WebService(
    name,
    {
      ...application(),
      entry: place.entry,
      developmentCommand: viteDev(service.port),
      environment: developing && api !== undefined ? { API_URL: context.url(api) } : {},
    },
    opts,
  );
  // The development server puts scripts into the page, which the policy forbids.
  const headers: Part["headers"] = developing ? { "Content-Security-Policy": null } : {};
  return { backend: site, resource: site, watched: { web: [site] }, headers };
}
