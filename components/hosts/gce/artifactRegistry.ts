import type { MachineLogin } from "../../../lib/logins.ts";
import { parseReference } from "../../../lib/reference.ts";

/** Artifact Registry, also under the names of the Container Registry that it took over. */
const registry = /^[a-z0-9-]+-docker\.pkg\.dev$|^(?:(?:us|eu|asia)\.)?gcr\.io$/;

/** Well-known projects whose images everybody may read. */
const open = new Set(
  "cadvisor cloud-builders cloud-sql-connectors cloudrun cloudsql-docker distroless google-containers google-samples google_containers kaniko-project".split(
    " ",
  ),
);

/**
 * A token of the machine's service account, from the metadata service that answers on the machine alone.
 * https://cloud.google.com/artifact-registry/docs/docker/authentication#token
 */
export const artifactLogin: MachineLogin = {
  reads: (image) => registry.test(parseReference(image).registry) && !open.has(projectOf(image)),
  script: [
    "service=http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default",
    'answer=$(curl -fsS --noproxy "*" --max-time 10 -H "Metadata-Flavor: Google" "$service/token") || return 1',
    `printf '%s' "$answer" | jq -c '{ Username: "oauth2accesstoken", Secret: .access_token }'`,
  ].join("\n"),
  remedy:
    "gcloud artifacts repositories add-iam-policy-binding lets its service account read another project's, see docs/hosts/gce.md",
};

/** Images that a machine pulls as itself: none, of other projects alone, or of its own too. */
export type ImageAccess = "none" | "others" | "own";

export function imageAccess(images: readonly string[], project: string): ImageAccess {
  if (images.length === 0) return "none";
  return images.some((image) => projectOf(image) === project) ? "own" : "others";
}

/** `europe-docker.pkg.dev/acme/api/web:1` → `acme`; a project of a domain, `example.org/acme/…`, is `example.org:acme`. */
function projectOf(image: string): string {
  const [first = "", second = ""] = parseReference(image).repository.split("/");
  return first.includes(".") ? `${first}:${second}` : first;
}
