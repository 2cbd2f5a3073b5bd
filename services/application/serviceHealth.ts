import type { HealthCheck } from "../../components/containers/health.ts";
import type { ServiceSettings } from "./serviceSettings.ts";

/** How settings say a service is asked for its health, else `preset`; always with the settings' time to start. */
export function serviceHealth(
  { healthCommand, startSeconds }: ServiceSettings,
  preset: HealthCheck,
): HealthCheck {
  return { ...(healthCommand ? { test: ["CMD", ...healthCommand] } : preset), startSeconds };
}
