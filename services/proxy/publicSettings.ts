import type { OpenPath, ResponseHeaders } from "./model.ts";
import type { Acme } from "../certificates/acme.ts";
import type { HeaderPreset } from "./presets.ts";

/** What settings say of what the public gets, all plain, all checked. */
export interface PublicSettings {
  headers: HeaderSettings;
  /** Path → what it does otherwise, or that it is gone. */
  routes: Readonly<Record<string, RouteSettings | null>>;
  /** Addresses and blocks of the front before the proxy. */
  trustedProxies: readonly string[];
  /** Hosts that are led to the domain. */
  aliases: readonly string[];
  /** Hosts that are answered as the domain is. */
  served: readonly string[];
  /** What HTTPS is served with. @default nothing: HTTP alone */
  tls?: TlsMeans;
  maintenance?: MaintenanceSettings;
}

/** What the public gets while maintenance is on. */
export interface MaintenanceSettings {
  /** HTML, with its styles and images in it. @default a short one */
  page?: string;
  /** Seconds after which clients are to ask again. @default 300 */
  retryAfterSeconds?: number;
  /** What goes on. @default nothing */
  open?: readonly OpenPath[];
}

/** The owner's pair, or certificates from a CA. */
export type TlsMeans = { own: OwnPair } | { acme: Acme };

/** A certificate of the owner's and its key, as PEM; checked. */
export interface OwnPair {
  certificate: string;
  key: string;
}

export const noPublicSettings: PublicSettings = {
  headers: {},
  routes: {},
  trustedProxies: [],
  aliases: [],
  served: [],
};

export interface HeaderSettings {
  preset?: HeaderPreset;
  /** Sent where the application sends none of the name. */
  fill?: Readonly<Record<string, string>>;
  /** Sent whatever the application sends. */
  set?: Readonly<Record<string, string>>;
  /** The application's alone: neither the preset nor the system adds one. */
  leave?: readonly string[];
  /** Never sent, whoever set it. */
  remove?: readonly string[];
}

/** Only what is given changes. */
export interface RouteSettings {
  /** Service that answers. */
  to?: string;
  exact?: boolean;
  maxBodyMegabytes?: number;
  timeoutSeconds?: number;
  buffering?: boolean;
  grpc?: boolean;
  /** A zone of the system's rates; `null` for none. */
  rate?: string | null;
  headers?: HeaderSettings;
  /** Not one of the proxy's paths any more. */
  remove?: boolean;
}

/** The same as the proxy's model says it. */
export function responseHeaders({
  fill = {},
  set = {},
  leave = [],
  remove = [],
}: HeaderSettings): ResponseHeaders {
  return {
    ...fill,
    ...Object.fromEntries(Object.entries(set).map(([name, value]) => [name, { set: value }])),
    ...Object.fromEntries(leave.map((name) => [name, null])),
    ...Object.fromEntries(remove.map((name) => [name, { set: null }])),
  };
}
