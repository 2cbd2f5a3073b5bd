// `berth/hosts/gce`: a machine on Google Compute Engine. Loads @pulumi/gcp.

export { GoogleDns } from "../components/dns/google.ts";
export { GceHost, type GceHostArgs, type GceHostSettings } from "../components/hosts/gce/gce.ts";
export { gceHostSchema } from "../components/hosts/gce/settings.ts";
