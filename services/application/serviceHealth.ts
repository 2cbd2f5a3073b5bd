import type { ContainerSpec } from "../../components/containers/containerSpec.ts";
import { isAsked, noHealth, type HealthCheck } from "../../components/containers/health.ts";
import { probeEverywhere, probeMount } from "../../components/containers/probe.ts";
import { isProbed, probeHttp, probeTcp } from "../../components/containers/probeHealth.ts";
import type { Scope } from "../../components/containers/scope.ts";
import type { HealthKind } from "./healthKind.ts";
import { runsOwnProcess, type ServiceSettings } from "./serviceSettings.ts";

/**
 * How settings say a service is asked for its health, else what an owner's image gets, else `preset`; always with the
 * settings' times.
 */
export function healthOf(service: ServiceSettings, preset: HealthCheck): HealthCheck {
  const { startSeconds, healthSeconds: timeoutSeconds } = service;
  return { ...askedFor(service, preset), startSeconds, ...(timeoutSeconds && { timeoutSeconds }) };
}

/** The spec with the health check that a service gets, and with what that takes. */
export function withHealth(
  spec: ContainerSpec,
  { scope, service }: { scope: Scope; service: ServiceSettings },
  preset: HealthCheck,
): ContainerSpec {
  const health = healthOf(service, preset);
  // An owner's image without a port isn't asked either, and policies are to hear of it as of `health: none`.
  const loosened = isAsked(health) ? spec.loosened : [...new Set([...(spec.loosened ?? []), "health"])];
  if (!isProbed(health)) return { ...spec, health, ...(loosened && { loosened }) };
  const probe =
    spec.spread === undefined ? probeMount(scope) : probeEverywhere(scope, scope.swarm?.machines ?? []);
  return { ...spec, health, mounts: [...(spec.mounts ?? []), probe] };
}

/** Whether a service is asked by the probe, whatever its preset. */
export function needsProbe(service: ServiceSettings): boolean {
  return isProbed(healthOf(service, noHealth));
}

function askedFor(service: ServiceSettings, preset: HealthCheck): HealthCheck {
  const { healthCommand, imageHealth, port, health, healthSeconds } = service;
  if (healthCommand) return { test: ["CMD", ...healthCommand] };
  if (service.healthKind === undefined && imageHealth !== undefined) return imageHealth;
  switch (service.healthKind ?? (runsOwnProcess(service) ? ownKind(port) : undefined)) {
    case "none":
      return noHealth;
    case "tcp":
      return probeTcp(port, healthSeconds);
    case "http":
      return probeHttp(port, health, 499, healthSeconds);
    case "path":
      return probeHttp(port, health, 399, healthSeconds);
    default:
      return preset;
  }
}

/** An owner's image doesn't know the system's path, but it serves; and nobody knows how to ask one without a port. */
function ownKind(port: number): HealthKind {
  return port === 0 ? "none" : "http";
}
