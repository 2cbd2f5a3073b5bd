import * as pulumi from "@pulumi/pulumi";
import { carrier } from "../../components/containers/carrier.ts";
import type { Mount } from "../../components/containers/containerSpec.ts";
import { dataVolume } from "../../components/containers/dataVolume.ts";
import { FileVolume, filesFolder } from "../../components/containers/fileVolume.ts";
import { fingerprint } from "../../components/containers/hash.ts";
import type { Network } from "../../components/containers/network.ts";
import type { Scope } from "../../components/containers/scope.ts";
import { StatefulService } from "../../components/containers/statefulService.ts";
import type { ServiceSettings } from "../application/serviceSettings.ts";
import type { Acme } from "./acme.ts";
import { certificatesUid } from "./definition.ts";
import { certificateName, certificatesName, dataFolder, facts, parts, variableFile } from "./folders.ts";
import { renewScript } from "./renew.sh.ts";

export interface CertificatesArgs {
  scope: Scope;
  network: Network;
  service: ServiceSettings;
  acme: Acme;
  /** Every name of the certificate. */
  names: readonly string[];
  /** The volume of {@link certificatesVolume}. */
  volume: Pick<Mount, "volume">;
  /** Group of the proxy, which reads the pairs. */
  group: string;
  /** What has to be there before it asks the CA: a proxy that answers its questions. */
  after: pulumi.Input<true>;
}

/** Account and certificates, kept as data is: a CA gives no more than a few of the same in a week. */
export function certificatesVolume(
  { scope, group }: Pick<CertificatesArgs, "scope" | "group">,
  opts: pulumi.ComponentResourceOptions,
): Pick<Mount, "volume"> {
  const owner = {
    scope,
    service: certificatesName,
    user: `${certificatesUid}:${group}`,
    permissions: "0750",
  };
  const loads = { data: dataVolume(`${certificatesName}-data`, owner, opts) };
  return carrier(`${certificatesName}-data-owner`, { scope, service: certificatesName, loads }, opts).data;
}

/** Gets the system's certificate from an ACME CA and renews it; the proxy takes each new one by itself. */
export function certificates(args: CertificatesArgs, opts: pulumi.ComponentResourceOptions): StatefulService {
  const { scope, network, service, acme, volume, group, after } = args;
  const user = `${certificatesUid}:${group}`;
  const files = {
    ...secretFiles({ ...acme.dns?.credentials, ...(acme.eab && { LEGO_EAB_HMAC: acme.eab.hmac }) }),
    ...(acme.caCertificate !== undefined && { "ca.pem": acme.caCertificate }),
  };
  const owner = { scope, service: certificatesName, user };
  const given =
    Object.keys(files).length === 0
      ? undefined
      : new FileVolume(`${certificatesName}-files`, { ...owner, files }, opts);
  return new StatefulService(
    certificatesName,
    {
      scope,
      spec: {
        image: pulumi.all([scope.image(service.image), after]).apply(([image]) => image),
        user,
        entrypoint: ["/bin/sh", "-c"],
        command: [renewScript],
        environment: { ...region(acme), ...service.environment, ...variables(args) },
        networks: [{ network: network.networkName, aliases: [certificatesName] }],
        mounts: [
          { target: dataFolder, ...volume, readOnly: false },
          ...(given ? [{ target: filesFolder, volume: given.volumeName }] : []),
        ],
        limits: service.limits,
        health,
        graceSeconds: service.graceSeconds,
      },
    },
    opts,
  );
}

/**
 * The loop comes round: it sleeps an hour at most, and lego has a quarter of one. Whether the CA gives certificates is
 * another matter, for which nothing is restarted and no run fails.
 */
const health = { test: ["CMD-SHELL", `[ -n "$(find ${dataFolder}/${facts.alive} -mmin -90)" ]`] };

/** Variables of lego that are nobody else's to see: files, from which the loop alone makes variables. */
function secretFiles(secrets: Readonly<Record<string, string>>): Record<string, pulumi.Output<string>> {
  return Object.fromEntries(
    Object.entries(secrets).map(([name, value]) => [`${variableFile}${name}`, pulumi.secret(value)]),
  );
}

/**
 * Amazon's client has to be told a region, though Route 53 has none: "Invalid Configuration: Missing Region". One of a
 * partition of its own, such as China's, is a variable of the credentials, which goes over this one.
 */
function region({ dns }: Acme): Record<string, string> {
  return dns?.provider === "route53" ? { AWS_REGION: "us-east-1" } : {};
}

/** What lego is to do, in its own words. One folder a CA: a certificate of another one isn't renewed but got. */
export function variables({ acme, names }: Pick<CertificatesArgs, "acme" | "names">): Record<string, string> {
  const { ca, email, eab, caCertificate, dns } = acme;
  return {
    LEGO_ACCEPT_TOS: "true",
    LEGO_CERT_NAME: certificateName,
    LEGO_DOMAINS: names.join(","),
    LEGO_FORCE_CERT_DOMAINS: "true",
    ...(dns
      ? { LEGO_DNS: dns.provider }
      : { LEGO_HTTP: "true", LEGO_HTTP_WEBROOT: `${dataFolder}/${parts.webroot}` }),
    LEGO_LOG_FORMAT: "text",
    // The loop has its own: it doesn't ask at the same time every day.
    LEGO_NO_RANDOM_SLEEP: "true",
    LEGO_PATH: `${dataFolder}/lego/${fingerprint(ca)}`,
    LEGO_SERVER: ca,
    ...(email !== undefined && { LEGO_EMAIL: email }),
    ...(eab && { LEGO_EAB: "true", LEGO_EAB_KID: eab.kid }),
    ...(caCertificate !== undefined && { LEGO_CA_CERTIFICATES: `${filesFolder}/ca.pem` }),
    // Without what is secret: whoever may look at the container could try guesses on its hash.
    WANTED: fingerprint({ ca, email, kid: eab?.kid, caCertificate, provider: dns?.provider, names }),
  };
}
