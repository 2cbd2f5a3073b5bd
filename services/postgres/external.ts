import * as pulumi from "@pulumi/pulumi";
import { variables, type Link, type Linkable } from "../application/link.ts";

/** A database that somebody else runs, such as Amazon RDS or Cloud SQL: handed over as ours is, and left alone. */
export class ExternalPostgres implements Linkable {
  readonly #url: pulumi.Output<string>;
  readonly #parts: URL;

  /** `url` is `postgresql://user:password@host:5432/database`, checked; a password is percent-encoded. */
  constructor(url: string) {
    this.#url = pulumi.secret(url);
    this.#parts = new URL(url);
  }

  link(): Link {
    return { environment: {}, secrets: { DATABASE_URL: this.#url }, dependsOn: [] };
  }

  parts(): Linkable {
    const { hostname, port, pathname, username, password } = this.#parts;
    return variables({
      environment: {
        DATABASE_HOST: hostname,
        DATABASE_PORT: port || "5432",
        DATABASE_NAME: decodeURIComponent(pathname.slice(1)),
        DATABASE_USER: decodeURIComponent(username),
      },
      secrets: { DATABASE_PASSWORD: pulumi.secret(decodeURIComponent(password)) },
    });
  }
}
