import { Command } from "@pulumi/command/local/index.js";
import * as pulumi from "@pulumi/pulumi";

export interface AddressReleaseArgs {
  project: string;
  zone: string;
  region: string;
  /** Name of the static address. */
  address: pulumi.Input<string>;
  rebuild: number;
}

/**
 * Stops the old machine and takes the static address from it, before a new one is made: Compute Engine gives an
 * address to one machine at a time, and a stopped machine has written all its data. Does nothing when there is no
 * old machine; refuses when it couldn't be deleted afterwards.
 */
export class AddressRelease extends pulumi.ComponentResource {
  constructor(name: string, args: AddressReleaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:hosts:gce:AddressRelease", name, {}, opts);
    new Command(
      name,
      {
        create: releaseScript,
        environment: {
          CLOUDSDK_CORE_PROJECT: args.project,
          ZONE: args.zone,
          REGION: args.region,
          ADDRESS: args.address,
        },
        triggers: [args.rebuild],
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}

/** https://cloud.google.com/sdk/gcloud/reference/compute/instances/delete-access-config */
export const releaseScript = `set -eu
old=$(gcloud compute addresses describe "$ADDRESS" --region="$REGION" --format='value(users.basename())')
[ -n "$old" ] || exit 0
ask() { gcloud compute instances describe "$old" --zone="$ZONE" --format="value($1)"; }
if [ "$(ask deletionProtection)" = True ]; then
  echo "host.deletionProtection: must be false for one run before host.rebuild is raised, got a protected $old" >&2
  exit 1
fi
gcloud compute instances stop "$old" --zone="$ZONE" --quiet
gcloud compute instances delete-access-config "$old" --zone="$ZONE" --quiet \\
  --access-config-name="$(ask 'networkInterfaces[0].accessConfigs[0].name')"
`;
