import { got, type Explanation } from "../explanation.ts";

const again = "run again later, or take another zone or machineType";

/** What Google's APIs and gcloud say, most particular first. */
export const google: readonly Explanation[] = [
  [
    /could not find default credentials|Attempted to load application default credentials/i,
    "host: needs Google credentials, got none; run gcloud auth application-default login, or set GOOGLE_CREDENTIALS to a key file",
  ],
  [
    /invalid_rapt|invalid_grant|reauth(?:entication)? (?:related error|failed|is needed)/i,
    "host: Google's credentials have expired; run gcloud auth application-default login (gcloud auth login for ssh)",
  ],
  [
    /billing (?:account|must be|to be enabled|is disabled)|BILLING_DISABLED|UREQ_PROJECT_BILLING/i,
    "host.project: must have a billing account; link one at https://console.cloud.google.com/billing/projects",
  ],
  [
    /((?:[A-Z]\w* )+API) has not been used in project|SERVICE_DISABLED/,
    (api = "the API that the message names") =>
      `host.enableApis: must be true, or turn on ${api} by hand; it takes a few minutes, then run again`,
  ],
  [
    /acceleratorTypes?\/([a-z0-9-]+)'? (?:was not found|does not exist)|accelerator type.*(?:not found|cannot be found)/i,
    (gpu = "the GPU") =>
      `host.zone: must be one that has ${gpu}; gcloud compute accelerator-types list prints the zones of each`,
  ],
  [
    /Machine type with name '([a-z0-9-]+)' does not exist in zone|machineTypes\/([a-z0-9-]+)'(?: was not found|\. The referenced resource does not exist)/,
    (type) =>
      `host.machineType: must be one of the zone's${got(type)}; gcloud compute machine-types list prints them`,
  ],
  [
    /The resource 'projects\/[^/']+\/zones\/([^/']+)' was not found|Invalid value for field '(?:resource\.)?zone': '([a-z0-9-]+)'|Unknown zone/i,
    (zone) => `host.zone: must be a zone of Google Cloud${got(zone)}; gcloud compute zones list prints all`,
  ],
  [
    /The resource 'projects\/[^/']+\/regions\/([^/']+)' was not found|Invalid value for field '(?:resource\.)?region': '([a-z0-9-]+)'|Unknown region/i,
    (region) =>
      `host.zone: must be in a region of Google Cloud${got(region)}; gcloud compute zones list prints all`,
  ],
  [
    /Quota '([A-Z0-9_-]+)' exceeded|QUOTA_EXCEEDED|quotaExceeded/,
    (quota = "a quota") =>
      `host: the project has used up ${quota}; ask for more at https://console.cloud.google.com/iam-admin/quotas, or take another region`,
  ],
  [
    /ZONE_RESOURCE_POOL_EXHAUSTED|does not have enough resources available to fulfill the request|STOCKOUT/,
    `host.zone: has no such machine left for now; ${again}`,
  ],
  [
    /IP_IN_USE_BY_ANOTHER_RESOURCE|specified external IP address .* already in use|IP address .* is (?:already )?being used/i,
    "host.rebuild: must be raised to move the address to a new machine; another machine has it now",
  ],
  [
    /instance Deletion Protection is enabled/i,
    "host.deletionProtection: must be false for one run before the machine can be deleted or rebuilt",
  ],
  [
    /4033: 'not authorized'/,
    'host.ssh.members: must hold you, or ask for the role "IAP-secured Tunnel User" (roles/iap.tunnelResourceAccessor)',
  ],
  [
    /4003: 'failed to connect to backend'/,
    "host: the machine doesn't answer on port 22; see its serial output, then run again",
  ],
  [
    /The resource 'projects\/([^/']+)' was not found|Unknown project id: (\S+)|CONSUMER_INVALID|Project '?([^' ]+)'? not found/i,
    (project) =>
      `host.project: must be a project you may use${got(project)}; gcloud projects list prints yours`,
  ],
  [
    /Required '([a-zA-Z.]+)' permission|Permission '([a-zA-Z.]+)' denied|PERMISSION_DENIED/,
    (permission = "what the message names") =>
      `host.project: must let you do ${permission}; ask an owner for the roles in docs/hosts/gce.md`,
  ],
  [
    /gcloud: (?:command )?not found|exec: "?gcloud/i,
    "host: needs gcloud on this machine, got none; see https://cloud.google.com/sdk/docs/install",
  ],
];
