import type { BuildArgs, Part } from "../definition.ts";
import type { Web } from "./definition.ts";
import { WebService } from "./webService.ts";

export function buildWeb(
  { socket, keepAliveSeconds }: Pick<Web, "socket" | "keepAliveSeconds">,
  { name, place, opts, context, application, mounts }: BuildArgs,
): Part {
  const [shared] = socket === undefined ? [] : mounts([{ volume: socket.volume, target: socket.folder }]);
  const service = new WebService(
    name,
    {
      ...application(),
      door: place.door,
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
