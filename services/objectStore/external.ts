import * as pulumi from "@pulumi/pulumi";
import { storeHands, type Link, type Linkable } from "../application/link.ts";

/** A bucket that somebody else keeps, such as Amazon S3's or Cloud Storage's through its S3 interface. */
export class ExternalStore implements Linkable {
  readonly #url: URL;

  /** `url` is `https://key:secret@host/bucket?region=eu-west-1`, checked; key and secret are percent-encoded. */
  constructor(url: string) {
    this.#url = new URL(url);
  }

  link(): Link {
    const { protocol, host, pathname, searchParams, username, password } = this.#url;
    const endpoint = `${protocol}//${host}`;
    const [bucket, region] = [pathname.slice(1), searchParams.get("region") ?? "us-east-1"];
    const accessKey = pulumi.secret(decodeURIComponent(username));
    const secretKey = pulumi.secret(decodeURIComponent(password));
    return {
      environment: { S3_ENDPOINT: endpoint, S3_BUCKET: bucket, S3_REGION: region },
      secrets: { S3_ACCESS_KEY: accessKey, S3_SECRET_KEY: secretKey },
      dependsOn: [],
      hands: { ...storeHands(endpoint), bucket, region, accessKey, secretKey },
    };
  }
}
