import type { ServiceOptions, ServiceDefinition } from "../definition.ts";

export interface SiteOptions<Service extends string = string> extends ServiceOptions {
  /** Service to which its development server sends what the page asks of the API. @default none */
  api?: Service;
}

export interface Site<Service extends string = string> extends ServiceDefinition {
  api?: Service;
}

/** A front end, built into an image that serves its files. While its source is mounted, a development server runs. */
export function site<const Service extends string = never>(
  options: SiteOptions<Service>,
): Site<NoInfer<Service>> {
  const { api } = options;
  return {
    kind: "site",
    ...siteDefaults,
    ...options,
    build: async (args) => (await import("./build.ts")).buildSite(api, args),
  };
}

export const siteDefaults = {
  user: "101:101",
  image: "berth/front-end:1",
  developmentImage: "berth/front-end-dev:1",
  developmentMemory: 512,
  sourceFolder: "/app/src",
  port: 3000,
  health: "/health",
  metrics: "/metrics",
  minMemory: 32,
  replicas: 1,
  maxReplicas: 32,
  graceSeconds: 35,
  phase: "application",
  placeable: true,
  answers: true,
} as const;
