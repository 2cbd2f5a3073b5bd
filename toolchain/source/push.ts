import type Docker from "dockerode";
import { parseReference } from "../../lib/reference.ts";
import { refusal, type FindLogin } from "../images/auth.ts";
import { follow, reasonOf, type EngineEvent } from "../images/engine.ts";
import { RegistryClient } from "../registry/client.ts";
import { ask } from "../registry/http.ts";

/**
 * Whether a registry has an image. Many refuse to speak of a repository that isn't there yet, so only a digest means
 * yes; what is wrong with the registry itself, the push says.
 */
export async function isPushed(reference: string, login: FindLogin): Promise<boolean> {
  return new RegistryClient(ask, login).digestOf(parseReference(reference)).then(
    () => true,
    () => false,
  );
}

/** Pushes an image that Docker has. Rejects with the registry's reason, and whose login it was asked with. */
export async function push(
  docker: Docker,
  reference: string,
  login: FindLogin,
  note: (text: string) => void,
): Promise<void> {
  const { registry } = parseReference(reference);
  const known = await login(registry);
  const layers = new Map<string, EngineEvent>();
  try {
    // The engine wants a login, if only an empty one.
    const stream = await docker.getImage(reference).push({ authconfig: known?.credentials ?? {} });
    await follow(docker, stream, (event) => {
      if (event.id !== undefined) layers.set(event.id, event);
      note(described(layers));
    });
  } catch (error) {
    const reason = refusal(registry, known, reasonOf(error));
    throw new Error(`images: must be pushed as "${reference}", got ${reason}`, { cause: error });
  }
}

/** `pushing, 3 of 7 layers, 12 of 40 MB` */
function described(layers: ReadonlyMap<string, EngineEvent>): string {
  const all = [...layers.values()];
  const done = all.filter(({ status = "" }) => /^(?:Pushed|Layer already exists|Mounted from)/.test(status));
  const sizes = all.flatMap(({ status, progressDetail }) =>
    status === "Pushing" && progressDetail?.total ? [progressDetail] : [],
  );
  const sum = (field: "current" | "total"): number =>
    Math.round(sizes.reduce((bytes, size) => bytes + (size[field] ?? 0), 0) / 1e6);
  const megabytes = sizes.length > 0 ? `, ${sum("current")} of ${sum("total")} MB` : "";
  return `pushing, ${done.length} of ${layers.size} layers${megabytes}`;
}
