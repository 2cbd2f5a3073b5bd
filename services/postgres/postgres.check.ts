import type * as pulumi from "@pulumi/pulumi";
import type { Mount } from "../../components/containers/containerSpec.ts";
import { filesFolder } from "../../components/containers/fileVolume.ts";
import type { Belonging } from "../../components/containers/former.ts";
import { Job } from "../../components/containers/job.ts";
import type { Scope } from "../../components/containers/scope.ts";
import { ownEnvironment } from "../application/ownEnvironment.ts";
import type { ServiceSettings } from "../application/serviceSettings.ts";

export interface PostgresCheckArgs {
  scope: Scope;
  service: ServiceSettings;
  volumes: Record<"data" | "files", Pick<Mount, "volume" | "folder">>;
  /** Its files hold a `postgresql.conf`. */
  conf: boolean;
}

export const dataFolder = "/var/lib/postgresql/data";
/** PGDATA, unless the service's own environment names another. */
export const clusterFolder = `${dataFolder}/pgdata`;

/**
 * The image, once it has shown that it can run what is there: its major version is that of the data, and PostgreSQL
 * itself has read its file (`postgres -C`). A wrong one is refused while the old server still runs.
 */
export function postgresCheck(
  { scope, service, volumes, conf }: PostgresCheckArgs,
  belonging: Belonging,
): pulumi.Output<string> {
  const { name, user } = service;
  const image = scope.image(service.image);
  const job = new Job(
    `${name}-check`,
    {
      scope,
      service: name,
      spec: {
        image,
        user,
        entrypoint: ["/bin/sh", "-c", checkScript, `${name}-check`],
        command: [name, service.image, ...(conf ? readsFile : [])],
        environment: { PGDATA: ownEnvironment(service).PGDATA ?? clusterFolder },
        // It reads files alone, and may while the network is still made.
        networks: [],
        mounts: [
          { target: dataFolder, ...volumes.data },
          ...(conf ? [{ target: filesFolder, ...volumes.files }] : []),
        ],
        limits: { cpus: service.limits.cpus, memory: 64 },
        graceSeconds: 30,
      },
    },
    belonging,
  );
  return job.gate(image);
}

const readsFile = [
  "postgres",
  "-D",
  "/tmp",
  "-c",
  `config_file=${filesFolder}/postgresql.conf`,
  "-C",
  "shared_buffers",
];

/**
 * Takes the service's name, its image, and a command to end with. A cluster says in PG_VERSION which major version made
 * it, `15` or formerly `9.6` (https://www.postgresql.org/docs/15/storage-file-layout.html), and no other reads it.
 * An upgrade that is killed while folders change places leaves none, and a server would begin with an empty cluster.
 */
export const checkScript = `set -e
service=$1 image=$2
shift 2
if [ ! -e "$PGDATA" ] && [ -s "$PGDATA.aside" ]; then
  read -r made <"$PGDATA.aside"
  echo "services.$service: must have its data in $PGDATA, got it in $PGDATA.$made, where an upgrade that was killed left it; berth upgrade postgres puts it back" >&2
  exit 1
fi
if [ -s "$PGDATA/PG_VERSION" ]; then
  read -r made <"$PGDATA/PG_VERSION"
  version=$(postgres --version)
  version=\${version#*) }
  version=\${version%% *}
  case $version in
    "$made" | "$made"[!0-9]*) ;;
    *)
      echo "images.$service: must hold PostgreSQL $made, which made the data, got $version in $image; put an image of PostgreSQL $made back, or, for a later version, have berth upgrade postgres move the data" >&2
      exit 1
      ;;
  esac
fi
[ $# = 0 ] || exec "$@"`;
