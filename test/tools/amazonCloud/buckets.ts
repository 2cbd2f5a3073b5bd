import type { Answer, Call } from "./call.ts";

/** S3 Control's version, the first part of each path (https://docs.aws.amazon.com/AmazonS3/latest/API). */
const control = "/v20180820/tags/";

/** Of objects below 128 KB, as AWS has it where nothing else is said: such stay in their class. */
const sizes = { "x-amz-transition-default-minimum-object-size": "all_storage_classes_128K" };

/**
 * Tags of buckets, which S3 Control tells and changes: moto has none of it, and forgets those of a bucket's making. And
 * what becomes of old versions, which moto tells in other words than it was told.
 */
export class Buckets {
  readonly #tags = new Map<string, Map<string, string>>();
  readonly #rules = new Map<string, string>();

  readonly answer: Answer = (call) => {
    if (call.service !== "s3") return undefined;
    const { pathname, searchParams } = new URL(call.path, "http://s3");
    if (pathname.startsWith(control)) {
      const [, name = ""] = /:::(.+)$/.exec(decodeURIComponent(pathname)) ?? [];
      return this.#control(call, name, searchParams.getAll("tagKeys"));
    }
    if (searchParams.has("lifecycle")) return this.#lifecycle(call, pathname);
    const [, made] = /^\/([^/]+)\/?$/.exec(pathname) ?? [];
    if (call.method === "PUT" && made !== undefined && searchParams.size === 0)
      this.#tags.set(made, tagsIn(call.body));
    return undefined;
  };

  /** Beside moto, which says of a bucket without any that it has none. */
  #lifecycle({ method, body }: Call, bucket: string) {
    if (method === "PUT") this.#rules.set(bucket, body);
    if (method === "DELETE") this.#rules.delete(bucket);
    const rules = this.#rules.get(bucket);
    return method === "GET" && rules !== undefined
      ? { type: "application/xml", body: rules, headers: sizes }
      : undefined;
  }

  #control({ method, body }: Call, name: string, keys: string[]) {
    const tags = this.#tags.get(name) ?? new Map<string, string>();
    this.#tags.set(name, tags);
    if (method === "POST") for (const [key, value] of tagsIn(body)) tags.set(key, value);
    if (method === "DELETE") for (const key of keys) tags.delete(key);
    const items = [...tags].map(([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`);
    const xmlns = "http://awss3control.amazonaws.com/doc/2018-08-20/";
    return {
      type: "application/xml",
      body: `<ListTagsForResourceResult xmlns="${xmlns}"><Tags>${items.join("")}</Tags></ListTagsForResourceResult>`,
    };
  }
}

function tagsIn(body: string): Map<string, string> {
  const found = body.matchAll(/<Tag>\s*<Key>([^<]*)<\/Key>\s*<Value>([^<]*)<\/Value>\s*<\/Tag>/g);
  return new Map([...found].map(([, key = "", value = ""]) => [key, value]));
}
