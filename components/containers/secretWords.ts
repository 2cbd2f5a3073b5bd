import { secret, type Input } from "@pulumi/pulumi";

interface Words {
  command?: Input<unknown>;
  entrypoints?: Input<unknown>;
  healthcheck?: Input<unknown>;
  commands?: Input<unknown>;
  args?: Input<unknown>;
}

const keys = ["command", "entrypoints", "healthcheck", "commands", "args"] as const;

/**
 * Arguments of a container, or of what a swarm's service runs, with the words that it runs as secrets where settings keep
 * those as one: no preview shows them, and the state has them encrypted. `docker inspect` shows them.
 */
export function withSecretWords<Args extends Words>(args: Args, areSecret: boolean): Args {
  if (!areSecret) return args;
  const words = keys.filter((key) => args[key] !== undefined).map((key) => [key, secret(args[key])] as const);
  return { ...args, ...Object.fromEntries(words) };
}
