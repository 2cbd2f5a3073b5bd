import * as pulumi from "@pulumi/pulumi";
import { carrier } from "../../components/containers/carrier.ts";
import type { Mount } from "../../components/containers/containerSpec.ts";
import { fileVolume, filesFolder } from "../../components/containers/fileVolume.ts";
import { fingerprint } from "../../components/containers/hash.ts";
import { Job } from "../../components/containers/job.ts";
import { offeredPorts } from "../../components/containers/neighbours.ts";
import { Network } from "../../components/containers/network.ts";
import type { Overridable } from "../../components/containers/override.ts";
import type { Scope } from "../../components/containers/scope.ts";
import { sharedVolume } from "../../components/containers/sharedVolume.ts";
import { StatefulService } from "../../components/containers/statefulService.ts";
import { checkProxy, mostWorkers } from "./check.ts";
import { bootConf, nginxConf } from "./conf.ts";
import { usualPage } from "./maintenance.ts";
import { liveConf, liveFolder, maintenanceFlag, maintenancePage } from "./places.ts";
import { handingPort, healthPort, publicPort, publishedPorts, statusPort, tlsPort } from "./ports.ts";
import { endOf } from "../../lib/certificate.ts";
import { PlainError } from "../../lib/plainError.ts";
import type {
  CertificateMetrics,
  Listener,
  Maintenance,
  ProxyModel,
  RateZone,
  Route,
  Target,
  Tls,
  ToUpstream,
} from "./model.ts";
import { releaseScript } from "./release.ts";
import {
  challengeFolder,
  handedFolder,
  issuedFolder,
  issuedPair,
  metricsFile,
  watchScript,
} from "./watch.ts";
import type { MaintenanceSettings, OwnPair } from "./publicSettings.ts";
import type { ServiceSettings } from "../application/serviceSettings.ts";
import { certificatesName } from "../certificates/folders.ts";
import type { ScrapeJob } from "../monitoring/prometheus.yml.ts";
import type { Contained } from "../monitoring/contained.ts";
import { mountOf } from "../application/socket.ts";
import type { Backend } from "../application/backend.ts";

/** A route to one of our services, or to files, a redirect or an answer. */
export interface ProxyRoute extends Omit<Route, "to"> {
  to: Backend | Exclude<Target, ToUpstream>;
}

/** What the public gets; the port is the host's. */
export interface PublicListener extends Omit<Listener, "port" | "routes" | "tls" | "maintenance"> {
  routes: ProxyRoute[];
}

/** Pairs that appear in a volume, and a name for the one before the first. */
export interface IssuedPairs {
  issued: Pick<Mount, "volume">;
  name: string;
  /** The system's other proxies get them by this login. @default there are none */
  handedBy?: pulumi.Input<string>;
}

/** Pairs that another proxy of the system hands over. */
export interface FetchedPairs {
  /** Its name. */
  fetched: string;
  login: pulumi.Input<string>;
  name: string;
}

/** A pair of the owner's, or from a CA. */
export type ProxyTls = { own: OwnPair } | IssuedPairs | FetchedPairs;

export interface NginxArgs extends Overridable {
  scope: Scope;
  network: Network;
  service: ServiceSettings;
  /** Services that callers inside the network find by name through this proxy. */
  answersFor: Backend[];
  /** @default none: nothing is published */
  publicListener?: PublicListener;
  rates?: RateZone[];
  /** Addresses or blocks of a front, whose `X-Forwarded-For`, `-Proto` and `-Host` are believed. @default none */
  trustedProxies?: string[];
  /** What HTTPS is served with, where the host publishes it. @default none: HTTP alone */
  tls?: ProxyTls;
  /** What the public gets while `berth maintenance` is on. @default a short page, and nothing more goes on */
  maintenance?: MaintenanceSettings;
  /** What has to be there before it starts. */
  after?: pulumi.Resource[];
  /** Volumes with files it serves. */
  mounts?: Mount[];
  /** Bodies that have to wait do so on a volume and not in memory; for uploads. @default false */
  largeBodies?: boolean;
  /** Show its counters on {@link statusPort}, which is never published. @default false */
  monitored?: boolean;
}

const health = `http://127.0.0.1:${healthPort}/health`;
const bodiesFolder = "/var/spool/bodies";

/** Who may have the pair: lines of nginx's own; and what one who may says. */
const loginLines = `${filesFolder}/handing.conf`;
const loginHeader = `${filesFolder}/handing.header`;

/** Pairs of certificate and key, each in a folder of its own. */
const pairsFolder = `${liveFolder}/tls`;

/** Starts with what was released last, so that a restart or a reboot serves on; before the first release, 503. */
function start(tls: ProxyTls | undefined): string {
  const boot = `[ -f ${liveConf} ] || cp ${filesFolder}/boot.conf ${liveConf};`;
  const nginx = `exec nginx -c ${liveConf} -g 'daemon off;'`;
  if (tls === undefined || "own" in tls) return `${boot} ${nginx}`;
  const watch = { live: liveConf, pairs: pairsFolder, name: tls.name };
  const origin =
    "fetched" in tls ? { server: `${tls.fetched}:${handingPort}`, header: loginHeader } : undefined;
  return `${boot}\n${watchScript({ ...watch, origin })}${nginx}`;
}

/**
 * The proxy: it answers for each service's name, and is switched to new containers by a release step that checks
 * the configuration with the proxy's own test, reloads, and waits until the old one has drained.
 *
 * @example
 * new Nginx("nginx", {
 *   scope,
 *   network,
 *   service: services.nginx,
 *   answersFor: [api, frontend],
 *   publicListener: {
 *     routes: [
 *       { path: "/api/", to: api },
 *       { path: "/", to: frontend },
 *     ],
 *   },
 * });
 */
export class Nginx extends pulumi.ComponentResource {
  readonly name: string;
  /** Known once the release serves. */
  readonly released: pulumi.Output<true>;
  /** Its container, as the Docker Engine names it. */
  readonly containers: pulumi.Output<Contained[]>;
  /** Where Prometheus reads of its certificate; absent where it has none, or nobody monitors. */
  readonly job?: ScrapeJob;

  constructor(name: string, args: NginxArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:services:Nginx", name, {}, opts);
    this.name = name;
    const { scope, network, service, answersFor } = args;
    const inside = { parent: this };
    refuse(name, args);
    const image = scope.image(service.image);
    const owner = { scope, service: name, user: service.user };
    const boot = { "boot.conf": bootConf(listenersOf(args)), ...loginFiles(args.tls) };
    const loads = {
      live: sharedVolume(`${name}-live`, owner, inside),
      files: fileVolume(`${name}-files`, { ...owner, files: boot }, inside),
      ...(args.largeBodies && { bodies: sharedVolume(`${name}-bodies`, owner, inside) }),
    };
    const volumes = carrier(`${name}-files`, { scope, service: name, loads }, inside);
    const base = { image, user: service.user, graceSeconds: service.graceSeconds };
    const mounts = [
      ...(args.mounts ?? []),
      ...(args.tls && "issued" in args.tls ? [{ target: issuedFolder, ...args.tls.issued }] : []),
      ...servicesOf(args).flatMap(({ socket }) => (socket ? [mountOf(socket)] : [])),
      ...(volumes.bodies ? [{ target: bodiesFolder, ...volumes.bodies, readOnly: false }] : []),
    ];
    const outside = outsideNetwork(args, this);
    const server = new StatefulService(
      name,
      {
        scope,
        override: args.override,
        dependsOn: args.after,
        spec: {
          ...base,
          entrypoint: ["/bin/sh", "-c"],
          command: [start(args.tls)],
          environment: service.environment,
          networks: [
            { network: network.networkName, aliases: [name, ...answersFor.map((other) => other.name)] },
            ...(outside ? [{ network: outside.networkName }] : []),
          ],
          mounts: [
            { target: liveFolder, ...volumes.live, readOnly: false },
            { target: filesFolder, ...volumes.files },
            ...mounts,
          ],
          ports: [
            ...(args.publicListener ? publishedPorts(scope.host.publication, args.tls !== undefined) : []),
            ...answersFor.flatMap((other) => offeredPorts(scope, other.name, other.port)),
          ],
          limits: service.limits,
          health: {
            test: ["CMD-SHELL", `curl -fsS -m 4 ${health} || wget -qO- -T 4 ${health}`],
          },
          stopSignal: "SIGQUIT",
        },
      },
      inside,
    );
    const conf = pulumi.all(servicesOf(args).map(upstream)).apply((upstreams) => render(args, upstreams));
    // Of its own: it waits for new replicas, and the proxy may not.
    const release = `${name}-release-files`;
    const files = { "nginx.conf": conf, ...pageFiles(args), ...pairFiles(args.tls), ...loginFiles(args.tls) };
    const next = { files: fileVolume(release, { ...owner, files }, inside) };
    const { files: candidate } = carrier(release, { scope, service: name, loads: next }, inside);
    const switched = new Job(
      `${name}-release`,
      {
        scope,
        service: name,
        spec: {
          ...base,
          entrypoint: ["/bin/sh", "-c"],
          command: [
            releaseScript({
              candidate: `${filesFolder}/nginx.conf`,
              live: liveConf,
              ...(args.publicListener && {
                page: { source: `${filesFolder}/maintenance.html`, target: maintenancePage },
              }),
              ...(args.tls &&
                "own" in args.tls && { pair: { source: filesFolder, target: folderOf(args.tls.own) } }),
            }),
          ],
          networks: [{ network: network.networkName }],
          mounts: [
            { target: liveFolder, ...volumes.live, readOnly: false },
            { target: filesFolder, ...candidate },
            ...mounts,
          ],
          limits: { cpus: service.limits.cpus, memory: service.limits.memory },
          pidMode: pulumi.interpolate`container:${server.container.id}`,
        },
      },
      inside,
    );
    if (args.tls && args.monitored) this.job = { job: certificatesName, target: `${name}:${statusPort}` };
    this.released = switched.gate(true);
    this.containers = pulumi
      .all([server.container.name, server.container.id])
      .apply(([container, id]) => [{ service: name, container, id }]);
    this.registerOutputs();
  }
}

/**
 * The proxy's own network where it answers over IPv6: Docker leads a port to an address of the same family, and with it
 * callers keep theirs. Nobody else is there, so names inside the system mean IPv4 addresses alone, as before.
 */
function outsideNetwork(args: NginxArgs, parent: pulumi.Resource): Network | undefined {
  const { scope, network, publicListener } = args;
  if (scope.host.publication.ipv6 !== true || publicListener === undefined) return undefined;
  const networkName = `${network.plainName}-ipv6`;
  return new Network(networkName, { scope, networkName, ipv6: true }, { parent });
}

/** What is wrong already before any replica is known: found later, it would be found inside an `apply`. */
function refuse(name: string, args: NginxArgs): void {
  const upstreams = servicesOf(args).map((service) => ({ name: service.name, servers: [] }));
  const problems = checkProxy({ ...modelOf(args, upstreams), release: "checked" });
  if (problems.length > 0) throw new PlainError(problems.map((problem) => `${name}.${problem}`).join("\n"));
}

/** Every service the proxy leads to, once. */
function servicesOf({ publicListener, answersFor }: NginxArgs): Backend[] {
  const routed = publicListener?.routes.map(({ to: destination }) => destination).filter(isService) ?? [];
  return [...new Set([...answersFor, ...routed])];
}

function isService(destination: ProxyRoute["to"]): destination is Backend {
  return "servers" in destination;
}

type NamedUpstream = ProxyModel["upstreams"][number];

function upstream(service: Backend): pulumi.Output<NamedUpstream> {
  const { name, servers, keepAliveSeconds } = service;
  return servers.apply((found) => ({ name, servers: found, keepAliveSeconds }));
}

function pageFiles({ publicListener, maintenance }: NginxArgs): Record<string, string> {
  return publicListener ? { "maintenance.html": maintenance?.page ?? usualPage } : {};
}

function pairFiles(tls: ProxyTls | undefined): Record<string, pulumi.Input<string>> {
  if (tls === undefined || !("own" in tls)) return {};
  return { "chain.pem": tls.own.certificate, "key.pem": pulumi.secret(tls.own.key) };
}

/** What two proxies know each other by, for the release step's test too. */
function loginFiles(tls: ProxyTls | undefined): Record<string, pulumi.Input<string>> {
  if (tls === undefined || "own" in tls) return {};
  if ("fetched" in tls)
    return { "handing.header": pulumi.secret(pulumi.interpolate`Authorization: Bearer ${tls.login}\n`) };
  if (tls.handedBy === undefined) return {};
  return { "handing.conf": pulumi.secret(pulumi.interpolate`"Bearer ${tls.handedBy}" 1;\n`) };
}

/** A new certificate is another folder, so that each configuration names the one that it was made for. */
function folderOf({ certificate }: OwnPair): string {
  return `${pairsFolder}/${fingerprint(certificate)}`;
}

function metricsOf(tls: ProxyTls): CertificateMetrics {
  return "own" in tls ? { end: endOf(tls.own.certificate) } : { file: metricsFile({ pairs: pairsFolder }) };
}

function tlsOf(tls: ProxyTls, published: number | undefined): Tls {
  const ports = { port: tlsPort, publicPort: published };
  if ("issued" in tls)
    return { ...ports, ...issuedPair({ pairs: pairsFolder }), challengeDir: challengeFolder };
  if ("fetched" in tls)
    return { ...ports, ...issuedPair({ pairs: pairsFolder }), challengeHost: tls.fetched };
  const folder = folderOf(tls.own);
  return { ...ports, certificate: `${folder}/chain.pem`, key: `${folder}/key.pem` };
}

function listenersOf(args: NginxArgs): Pick<ProxyModel, "listeners" | "inner" | "rates" | "ipv6"> {
  const { publicListener, answersFor, rates, tls, scope } = args;
  return {
    ...(scope.host.publication.ipv6 === true && { ipv6: true }),
    listeners: publicListener
      ? [
          {
            ...publicListener,
            port: publicPort,
            maintenance: maintenanceOf(args),
            ...(tls && { tls: tlsOf(tls, args.scope.host.publication.https) }),
            routes: publicListener.routes.map(({ to: destination, ...route }) => ({
              ...route,
              to: targetOf(destination),
            })),
          },
        ]
      : [],
    inner: answersFor.map(({ name, port }) => ({ name, port, upstream: name })),
    rates,
  };
}

function maintenanceOf({ maintenance: { retryAfterSeconds, open = [] } = {} }: NginxArgs): Maintenance {
  return { flag: maintenanceFlag, page: maintenancePage, retryAfterSeconds, open };
}

function targetOf(destination: ProxyRoute["to"]): Target {
  return isService(destination) ? { upstream: destination.name } : destination;
}

function render(args: NginxArgs, upstreams: NamedUpstream[]): string {
  const model = modelOf(args, upstreams);
  return nginxConf({ ...model, release: fingerprint(model) });
}

function modelOf(args: NginxArgs, upstreams: NamedUpstream[]): Omit<ProxyModel, "release"> {
  return {
    ...listenersOf(args),
    upstreams,
    workers: Math.min(mostWorkers, Math.max(1, Math.floor(args.service.limits.cpus))),
    ...(args.trustedProxies && { trustedProxies: args.trustedProxies }),
    ...(args.largeBodies && { tempDir: bodiesFolder }),
    ...(args.tls &&
      "issued" in args.tls &&
      args.tls.handedBy !== undefined && {
        handing: { port: handingPort, folder: handedFolder({ pairs: pairsFolder }), logins: loginLines },
      }),
    ...(args.monitored && { statusPort, ...(args.tls && { certificateMetrics: metricsOf(args.tls) }) }),
  };
}
