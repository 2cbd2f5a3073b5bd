import { Network } from "../components/containers/network.ts";
import type { Scope } from "../components/containers/scope.ts";
import type { ServiceSettings } from "../services/application/serviceSettings.ts";
import type { Place } from "../services/definition.ts";
import type * as pulumi from "@pulumi/pulumi";

/** Where a service is that isn't on the stack's own machine. */
export interface Beside {
  scope: Scope;
  /** Resources of the parts that the machine itself needs are named after it. */
  machine: string;
  /** What answers there for a service that others call; absent for one that nobody calls. */
  entry?: ServiceSettings;
}

/** Knows where each service runs, and makes each machine's own private network. */
export class Places {
  /** The stack's own machine. */
  readonly home: Place;
  readonly #besides: Readonly<Record<string, Beside>>;
  readonly #networks = new Map<string, Network>();
  readonly #opts: pulumi.ComponentResourceOptions;
  readonly #network: string;

  constructor(
    network: string,
    args: { scope: Scope; beside: Readonly<Record<string, Beside>> },
    opts: pulumi.ComponentResourceOptions,
  ) {
    this.#network = network;
    this.#opts = opts;
    this.#besides = args.beside;
    this.home = { scope: args.scope, network: new Network(network, args, opts) };
  }

  /** Where a service runs. */
  placeOf(service: string): Place {
    const beside = this.#besides[service];
    if (beside === undefined) return this.home;
    const { scope, machine, entry } = beside;
    // The machines of a swarm are on one network.
    if (scope.swarm !== undefined) return { scope, network: this.home.network };
    return { scope, network: this.#networkOn(machine, scope), entry };
  }

  #networkOn(machine: string, scope: Scope): Network {
    const known = this.#networks.get(machine);
    if (known !== undefined) return known;
    const networkName = scope.networkName ?? this.#network;
    const made = new Network(`${this.#network}-${machine}`, { scope, networkName }, this.#opts);
    this.#networks.set(machine, made);
    return made;
  }
}
