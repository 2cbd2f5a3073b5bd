import type { Settings } from "../../../settings.ts";
import { innerPorts } from "../../../settings/ways.ts";
import { judge } from "../../../policy/rules.ts";
import type { Graph } from "../harness.ts";

/** What the policy pack says of a graph, beside what its config asks for: the pack is there to show that. */
export function policyProblems(graph: Graph, settings: Settings): string[] {
  const facts = graph.resources.map(({ type, name, inputs, options }) => {
    return { type, name, props: inputs, protect: options.protect === true };
  });
  const known = askedFor(settings);
  return judge(facts).filter((line) => !known.some((form) => form.test(line)));
}

/** The settings that open something up, each with what the pack says of them. */
function askedFor({ services, host, hostKind, protectData }: Settings): RegExp[] {
  const all = Object.values(services);
  const everywhere = ["0.0.0.0", "::"].includes(hostKind.thisMachine?.listener({ ...host })?.ip ?? "");
  return [
    /^(?:loosened|allowed-root): /,
    ...(protectData ? [] : [/^protected-data: /]),
    ...(everywhere ? [/^public-ingress: docker:/] : []),
    // A service that may be stopped at once, by its setting.
    ...all
      .filter(({ graceSeconds }) => graceSeconds < 10)
      .map(({ name }) => new RegExp(`^grace-period: \\S+ ${name}\\b`)),
    ...(all.some(hasWords) ? [/^plain-secret: .*(?:command|args): /] : []),
    ...all.flatMap(({ name, environment, templates = {}, secretsInEnvironment }) => {
      const named = Object.keys({ ...environment, ...templates });
      if (named.length === 0 && !secretsInEnvironment) return [];
      return [new RegExp(`^plain-secret: \\S+ ${name}\\b.*(?:envs|\\.env): `)];
    }),
  ];
}

/** Whether settings say what it runs, which may hold anything. */
function hasWords({ command, entrypoint, jobs }: Settings["services"][string]): boolean {
  return command !== undefined || entrypoint !== undefined || jobs !== undefined;
}

const container = "docker:index/container:Container";

/** Ports of containers that anything but this machine and the public proxy's own may reach. */
export function publishedProblems(graph: Graph, settings: Settings): string[] {
  const { host, hosts, hostKind, tls, definition } = settings;
  const isPublic = ({ public: own }: { public?: unknown }) => own !== undefined;
  const proxy = Object.entries(definition.services).find(([, service]) => isPublic(service))?.[0] ?? "";
  const { port, httpsPort } = hostKind.thisMachine?.listener({ ...host }) ?? { port: 80, httpsPort: 443 };
  const may = [port, ...(tls === false ? [] : [httpsPort])];
  // Machines of one stack reach each other, on a network that is nobody else's.
  const inner = Object.keys(hosts).length === 0 ? [] : innerPorts(settings);
  return graph.ofType(container).flatMap(({ name, inputs }) =>
    ((inputs.ports ?? []) as { external?: number }[])
      .filter(({ external = 0 }) => !name.startsWith(proxy) || !may.includes(external))
      .filter(({ external = 0 }) => !inner.includes(external))
      .map(
        ({ external }) =>
          `${name}: port ${String(external)} is published, which may be ${may.join(", ")} of ${proxy}`,
      ),
  );
}
