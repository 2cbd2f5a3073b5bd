import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { EngineFacts } from "../engine.ts";
import type { Capacity, Host, OnHost, Publication } from "../../containers/host.ts";
import { listenerPresets } from "./settings.ts";

export interface LocalHostArgs {
  engine: EngineFacts;
  /** Address the proxy's port is bound to. @default 127.0.0.1 */
  ip?: string;
  /** @default 8080 */
  port?: number;
  /** @default none: nothing serves TLS */
  httpsPort?: number;
  /** Docker's address. @default DOCKER_HOST, else unix:///var/run/docker.sock */
  dockerHost?: string;
}

/**
 * This machine's Docker: no account, no domain, the proxy on loopback.
 *
 * @example
 * const host = new LocalHost("local", { engine: await engineFacts(), port: 8081 });
 */
export class LocalHost extends pulumi.ComponentResource implements Host {
  readonly kind = "local";
  readonly provider: docker.Provider;
  readonly address: pulumi.Output<string>;
  readonly capacity: Capacity;
  readonly publication: Publication;
  readonly access: pulumi.Output<string>;
  readonly generation: pulumi.Output<string>;
  readonly startInterval: boolean;
  readonly onHost: OnHost;

  constructor(name: string, args: LocalHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:hosts:LocalHost", name, {}, opts);
    // Pinned, so that a later refresh can't ask another engine and find everything gone.
    const host = args.dockerHost ?? process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock";
    this.provider = new docker.Provider(name, { host }, { parent: this });
    const { ip = listenerPresets.ip, port = listenerPresets.port } = args;
    this.publication = { ip, http: port, https: args.httpsPort };
    this.address = pulumi.output(this.publication.ip);
    this.capacity = args.engine.capacity;
    this.startInterval = Number.parseInt(args.engine.version) >= 25;
    this.access = pulumi.output("docker ps");
    this.generation = pulumi.output(args.engine.id);
    this.onHost = { provider: this.provider };
    this.registerOutputs();
  }
}
