/** Where an image can run, as registries write it: `linux/amd64`. */
export interface Platform {
  os: string;
  architecture: string;
}

/** What a registry can have under a tag, newest first (https://github.com/opencontainers/image-spec). */
export const manifestTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];

/** An index lists an image for several platforms; a manifest is of one, which its config names. */
export type Manifest = { platforms: string[] } | { config: string };

/** Takes a manifest apart. Throws an Error for what is none. */
export function parseManifest(text: string): Manifest {
  const { manifests, config } = json(text) as {
    manifests?: { platform?: Platform }[];
    config?: { digest?: string };
  };
  if (Array.isArray(manifests)) {
    const known = manifests.flatMap(({ platform }) =>
      platform === undefined ? [] : [platformName(platform)],
    );
    // Attestations lie beside the images, for a platform that nothing is.
    return { platforms: [...new Set(known)].filter((name) => name !== "unknown/unknown") };
  }
  if (typeof config?.digest === "string") return { config: config.digest };
  throw new Error("must be an image, got a manifest of another sort");
}

/** The digest of an index's image for this platform, else of its first; nothing for what is no index. */
export function imageOf(text: string, platform: string): string | undefined {
  const { manifests } = json(text) as { manifests?: { digest?: string; platform?: Platform }[] };
  if (!Array.isArray(manifests)) return undefined;
  const images = manifests.filter((one) => platformName(one.platform ?? {}) !== "unknown/unknown");
  return (images.find((one) => platformName(one.platform ?? {}) === platform) ?? images[0])?.digest;
}

/** The platform that an image's config names. */
export function platformOf(config: string): string {
  return platformName(json(config));
}

function platformName({ os = "unknown", architecture = "unknown" }: Partial<Platform>): string {
  return `${os}/${architecture}`;
}

function json(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Said below.
  }
  throw new Error("must answer with JSON, got something else");
}
