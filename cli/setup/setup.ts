import { connection } from "../../components/ssh/connection.ts";
import { RemoteError } from "../../components/ssh/errors.ts";
import { openMaster } from "../../components/ssh/master.ts";
import { everywhere, type Machine } from "../../components/machine/machine.ts";
import type { Setup, UnpreparedHost } from "../../components/hosts/kind.ts";
import type { Progress } from "../../toolchain/progress.ts";
import { showSteps } from "../board/steps.ts";
import { openHome } from "../home.ts";
import { openOutput, type Output } from "../output.ts";
import { readStack, stackFor, systemOf, withArguments, type StackFile } from "../project.ts";
import { Refusal } from "../refusal.ts";
import type { CommonOptions } from "../session.ts";
import { revealed } from "../stackFile/revealed.ts";
import { askFacts } from "./facts.ts";
import { hostsToPrepare } from "./host.ts";
import { ownSystem } from "../../settings.ts";
import { settingsOf } from "../overrides.ts";
import { neighboursOf, peersOf } from "./neighbours.ts";
import { prepareMachine } from "./prepare.ts";
import { writeLearnt, type Learnt } from "./stackFile.ts";
import { terminal, trustedHostKey } from "./trust.ts";

export interface SetupOptions extends CommonOptions {
  hostKey?: string;
}

/** One server of the stack. */
interface Server {
  host: UnpreparedHost;
  /** Where its settings are, from the config down. */
  path: string[];
  machine: Pick<Machine, "system" | "ports" | "neighbours" | "swarm">;
  target: Setup["target"];
}

/** Prepares the servers that a stack names, and writes down their keys and sizes. Returns the exit code. */
export async function setup(options: SetupOptions): Promise<number> {
  const output = openOutput(options);
  const named = await stackFor(undefined, options.stack);
  const written = await withArguments(await readStack(named), options.config);
  const { stack } = await revealed({ output, home: await openHome(), stack: written });
  const servers = await serversOf(stack);
  const prepared = [];
  for (const server of servers) prepared.push(await prepare(server, stack, options, output));
  const [first] = prepared;
  if (output.json && first !== undefined) {
    const machines = prepared.slice(1).map((one, index) => [servers[index + 1]?.path.at(-1), one]);
    const beside = machines.length === 0 ? {} : { machines: Object.fromEntries(machines) as unknown };
    output.emit({ result: "prepared", ...first, ...beside });
  }
  return 0;
}

async function serversOf(stack: StackFile): Promise<Server[]> {
  const { host, hosts, target } = hostsToPrepare(stack.config);
  const own = await ownSystem(settingsOf(stack.config), process.cwd());
  const system = own?.name ?? systemOf(stack);
  const neighbours = neighboursOf(stack.config, { host, hosts }, own);
  const peers = peersOf(stack.config, { host, hosts });
  return [
    {
      host,
      path: ["berth:host"],
      machine: { system, ports: publicPorts(stack), neighbours: neighbours.first, swarm: peers?.first },
      target,
    },
    ...Object.entries(hosts).map(([name, one]) => ({
      host: one,
      path: ["berth:hosts", name],
      machine: {
        system,
        // The public has no business there, unless each machine is where it comes in.
        ports: peers === undefined ? [] : publicPorts(stack),
        neighbours: neighbours.beside[name],
        swarm: peers?.beside[name],
      },
      target,
    })),
  ];
}

/** What the proxy publishes: HTTPS only where the stack has TLS. */
function publicPorts({ config }: StackFile): number[] {
  const { tls = false } = settingsOf(config);
  return [false, "false"].some((off) => off === tls) ? [80] : [80, 443];
}

async function prepare(server: Server, stack: StackFile, options: SetupOptions, output: Output) {
  const { host, path } = server;
  const steps = showSteps(output);
  try {
    const { changes, warnings, learnt } = await prepareOver(server, options.hostKey, steps.progress);
    const written = stack.file === undefined ? [] : await writeLearnt(stack.file, path, learnt);
    steps.stop();
    for (const warning of warnings) output.say(output.colour.yellow(`warning: ${warning}`));
    const things = `${changes.length} ${changes.length === 1 ? "thing" : "things"} changed`;
    output.say(`${host.address} is prepared; ${changes.length === 0 ? "nothing had to change" : things}`);
    if (written.length > 0) output.say(`wrote ${written.join(", and ")} into Pulumi.${stack.name}.yaml`);
    if (stack.file === undefined) {
      const { hostKey, capacity } = learnt;
      output.say(`host: { hostKey: "${hostKey}", capacity: ${JSON.stringify(capacity)} }`);
    }
    return { changes, warnings, ...learnt };
  } catch (error) {
    steps.stop();
    if (error instanceof RemoteError) throw new Refusal([error.message]);
    throw error;
  }
}

async function prepareOver(
  { host, machine, target: targetOf }: Server,
  given: string | undefined,
  progress: Progress,
): Promise<{ changes: string[]; warnings: string[]; learnt: Learnt }> {
  const target = targetOf(host, host.hostKey ?? "");
  const hostKey = await trustedHostKey({ target, known: host.hostKey, given, ask: terminal() });
  const ssh = connection({ ...target, hostKey });
  await openMaster(ssh);
  const { sshPorts } = await askFacts(ssh);
  const sshFrom = host.ssh.allowFrom ?? everywhere;
  const { gpu, ipv6, udpPorts } = host;
  const wanted = { ...machine, sshFrom, sshPorts, gpu, ipv6, udpPorts };
  const warnings: string[] = [];
  const changes = await prepareMachine(ssh, wanted, progress, { warn: (text) => warnings.push(text) });
  return { changes, warnings, learnt: { hostKey, capacity: (await askFacts(ssh)).capacity } };
}
