import * as pulumi from "@pulumi/pulumi";
import { bare, type Link, type Linkable } from "../application/link.ts";

/** A Redis that somebody else runs, such as ElastiCache or Memorystore: handed over as ours is, and left alone. */
export class ExternalRedis implements Linkable {
  /** `url` is `redis://user:password@host:6379/0`, or `rediss://` for one that is reached over TLS; checked. */
  constructor(private readonly url: string) {}

  link(): Link {
    const { hostname, port, pathname, username, password } = new URL(this.url);
    const url = pulumi.secret(this.url);
    return {
      environment: {},
      secrets: { REDIS_URL: url },
      dependsOn: [],
      hands: {
        ...{ host: bare(decodeURIComponent(hostname)), port: port || "6379" },
        // Who names no user is this one (https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/).
        user: decodeURIComponent(username) || "default",
        database: pathname.slice(1) || "0",
        password: pulumi.secret(decodeURIComponent(password)),
        url,
      },
    };
  }
}
