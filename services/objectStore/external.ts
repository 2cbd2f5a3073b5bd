import * as pulumi from "@pulumi/pulumi";
import type { Link, Linkable } from "../application/link.ts";

/** A bucket that somebody else keeps, such as Amazon S3's or Cloud Storage's through its S3 interface. */
export class ExternalStore implements Linkable {
  readonly #url: URL;

  /** `url` is `https://key:secret@host/bucket?region=eu-west-1`, checked; key and secret are percent-encoded. */
  constructor(url: string) {
    this.#url = new URL(url);
  }

  link(): Link {
    const { protocol, host, pathname, searchParams, username, password } = this.#url;
    return {
      environment: {
        S3_ENDPOINT: `${protocol}//${host}`,
        S3_BUCKET: pathname.slice(1),
        S3_REGION: searchParams.get("region") ?? "us-east-1",
      },
      secrets: {
        S3_ACCESS_KEY: pulumi.secret(decodeURIComponent(username)),
        S3_SECRET_KEY: pulumi.secret(decodeURIComponent(password)),
      },
      dependsOn: [],
    };
  }
}
