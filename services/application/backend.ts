import type * as pulumi from "@pulumi/pulumi";
import type { HttpPeer } from "./application.ts";
import type { SocketFolder } from "./socket.ts";

/** What a proxy needs to know of a service to lead to it and answer for it. */
export interface Backend extends HttpPeer {
  readonly port: number;
  /** Where each container is found, as nginx writes it. */
  readonly servers: pulumi.Output<string[]>;
  readonly socket?: SocketFolder;
  readonly keepAliveSeconds?: number;
}
