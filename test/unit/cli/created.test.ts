import type Docker from "dockerode";
import { expect, it } from "vitest";
import { created } from "../../../cli/docker/created.ts";
import { Refusal } from "../../../cli/refusal.ts";

const engine = (words: string) =>
  ({ createContainer: () => Promise.reject(new Error(words)) }) as unknown as Docker;

it("a folder that isn't there is named, and all else is the engine's to say", async () => {
  const bind =
    '(HTTP code 400) bad parameter - invalid mount config for type "bind": bind source path does not exist: /srv/my backups ';
  await expect(created(engine(bind), {})).rejects.toThrow(Refusal);
  await expect(created(engine(bind), {})).rejects.toThrow(
    "/srv/my backups: must be a folder of the machine, got none; mount it again, or where berth:backup.to names it, set another and run berth up",
  );
  await expect(created(engine("no such image"), {})).rejects.toThrow("no such image");
});
