import { randomBytes } from "node:crypto";
import { Refusal, type Answer, type Call } from "./call.ts";

type Policy = Record<string, unknown> & { Tags?: Record<string, string> };

/** Data Lifecycle Manager, which moto lacks (https://docs.aws.amazon.com/dlm/latest/APIReference). */
export class Lifecycle {
  readonly policies = new Map<string, Policy>();

  readonly answer: Answer = (call) => {
    if (call.service !== "dlm") return undefined;
    return { type: "application/json", body: JSON.stringify(this.#found(call)) };
  };

  #found({ method, path, body }: Call): unknown {
    const sent = body === "" ? {} : (JSON.parse(body) as Policy);
    const [, collection, id = ""] = path.replace(/\?.*/, "").split("/");
    switch (`${method} ${collection}`) {
      case "POST policies": {
        const made = `policy-${randomBytes(9).toString("hex").slice(1)}`;
        this.policies.set(made, sent);
        return { PolicyId: made };
      }
      case "GET policies":
        return { Policy: { ...this.#known(id), PolicyId: id, PolicyArn: `${arn}${id}` } };
      case "PATCH policies":
        Object.assign(this.#known(id), sent);
        return {};
      case "DELETE policies":
        this.#known(id);
        this.policies.delete(id);
        return {};
      case "GET tags":
        return { Tags: this.#known(decodeURIComponent(path).replace(/.*policy\//, "")).Tags ?? {} };
      default:
        throw new Refusal("NotImplemented", `${method} ${path}: not stood in for`);
    }
  }

  #known(id: string): Policy {
    const found = this.policies.get(id);
    if (found !== undefined) return found;
    throw new Refusal("ResourceNotFoundException", `policy ${id} was not found`);
  }
}

const arn = "arn:aws:dlm:eu-central-1:123456789012:policy/";
