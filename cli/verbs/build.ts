import { showSteps } from "../board/steps.ts";
import { checkSettings } from "../preflight/settings.ts";
import { haveSources } from "../ready.ts";
import { Refusal, reasonOf } from "../refusal.ts";
import { checkDescribed, openSession, type CommonOptions } from "../session.ts";
import { revealed } from "../stackFile/revealed.ts";
import { table } from "../table.ts";

/** Builds what a stack's settings have built of source, and says what came of it. Returns the exit code. */
export async function build(system: string | undefined, options: CommonOptions): Promise<number> {
  const opened = await openSession(options, system);
  checkDescribed(opened);
  const session = await revealed(opened);
  const { output, stack } = session;
  const { settings, problems } = await checkSettings(stack, { ended: true });
  if (settings === undefined) throw new Refusal([...problems]);
  const steps = showSteps(output);
  const built = await haveSources(steps.progress, settings)
    .catch((error: unknown) => {
      throw new Refusal(reasonOf(error).split("\n"));
    })
    .finally(() => {
      steps.stop();
    });
  const rows = Object.entries(settings.sources).map(([service, { reference, context }]) => {
    const seconds = built.find((one) => one.reference === reference)?.seconds;
    return {
      service,
      image: reference,
      folder: context,
      ...(seconds !== undefined && { seconds: Math.round(seconds * 10) / 10 }),
    };
  });
  if (output.json) {
    output.emit({ result: "ok", stack: stack.name, images: rows });
    return 0;
  }
  if (rows.length === 0) {
    output.say(`stack ${stack.name} has nothing built: images.<service>: { build: ../backend } has`);
    return 0;
  }
  const cells = rows.map(({ service, image, folder, seconds }) => [
    service,
    image,
    folder,
    seconds === undefined ? "there already" : `built in ${seconds} s`,
  ]);
  const columns = [
    { title: "service" },
    { title: "image", shrink: true },
    { title: "folder", shrink: true },
    { title: "" },
  ];
  for (const line of table(columns, cells, { width: output.stream.columns || 110 })) output.say(line);
  return 0;
}
