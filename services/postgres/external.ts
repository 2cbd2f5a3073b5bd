import * as pulumi from "@pulumi/pulumi";
import { variables, type Link, type Linkable } from "../application/link.ts";
import { isSocket, postgresUrl, variablesOf, type PostgresUrl } from "./url.ts";

/** A database that somebody else runs, such as Amazon RDS or Cloud SQL: handed over as ours is, and left alone. */
export class ExternalPostgres implements Linkable {
  readonly #url: pulumi.Output<string>;
  readonly #parts: PostgresUrl;
  readonly #password: pulumi.Output<string>;

  /** `url` is `postgresql://user:password@host:5432/database` or any other that libpq takes, checked. */
  constructor(url: string) {
    // Some drivers know no other name of the scheme.
    this.#url = pulumi.secret(url.replace(/^postgres:/, "postgresql:"));
    this.#parts = postgresUrl(url);
    this.#password = pulumi.secret(this.#parts.password);
  }

  link(): Link {
    const { user, database } = this.#parts;
    return {
      environment: {},
      secrets: { DATABASE_URL: this.#url },
      dependsOn: [],
      mounts: this.#mounts(),
      hands: { ...this.#place(), user, database, password: this.#password, url: this.#url },
    };
  }

  parts(): Linkable {
    const { host, port } = this.#place();
    return variables({
      environment: {
        DATABASE_HOST: host,
        DATABASE_PORT: port,
        DATABASE_NAME: this.#parts.database,
        DATABASE_USER: this.#parts.user,
        ...variablesOf(this.#parts),
      },
      secrets: { DATABASE_PASSWORD: this.#password },
    });
  }

  /** Several as libpq lists them. */
  #place(): { host: string; port: string } {
    return { host: this.#parts.hosts.join(","), port: this.#parts.ports.join(",") };
  }

  /** The folder of its socket, which is the machine's. */
  #mounts(): Link["mounts"] {
    const folders = this.#parts.hosts.filter(isSocket);
    return folders.map((folder) => ({ target: folder, folder, readOnly: true }));
  }
}
