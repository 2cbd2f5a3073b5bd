import type { BuildArgs, Part } from "../definition.ts";
import { runsOwnProcess } from "../application/serviceSettings.ts";
import { PlainError } from "../../lib/plainError.ts";
import { WebService } from "./webService.ts";

interface Listening {
  socket?: { volume: string; folder: string };
  keepAliveSeconds?: number;
}

export function buildWeb(
  listening: Listening,
  { name, service: settings, place, opts, context, application, mounts }: BuildArgs,
): Part {
  const { keepAliveSeconds } = listening;
  // An owner's image knows of no socket: it listens on its port. Machines of a swarm share no socket.
  const socket = runsOwnProcess(settings) || context.swarm ? undefined : listening.socket;
  if (listening.socket !== undefined && context.swarm) refuseSocket(name, application().command ?? []);
  const [shared] = socket === undefined ? [] : mounts([{ volume: socket.volume, target: socket.folder }]);
  const service = new WebService(
    name,
    {
      ...application(),
      entry: place.entry,
      ...(socket !== undefined &&
        shared?.volume !== undefined && {
          socket: { folder: socket.folder, volume: shared.volume },
          alsoOnPort: context.watched,
        }),
      keepAliveSeconds,
    },
    opts,
  );
  return { backend: service, resource: service, watched: { web: [service] } };
}

/** Throws where a command would listen where nobody reaches it. */
function refuseSocket(name: string, command: readonly string[]): void {
  if (!command.some((word) => word.includes("unix:"))) return;
  throw new PlainError(
    `system.services.${name}.command: must listen on the service's port where context.swarm is true, for machines of a swarm share no socket`,
  );
}
