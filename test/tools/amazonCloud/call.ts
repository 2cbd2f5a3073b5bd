/** One request to an API of AWS. */
export interface Call {
  /** As signatures name it, such as `ec2`. */
  service: string;
  method: string;
  /** With the query. */
  path: string;
  body: string;
  /** Of the APIs whose body is a form: its `Action` and all else; empty of others. */
  form: URLSearchParams;
}

/** An answer in AWS's words. */
export interface Reply {
  type: string;
  body: string;
  headers?: Record<string, string>;
}

/** Undefined where a call isn't its own. */
export type Answer = (call: Call) => Reply | undefined;

/** What AWS refuses, by its code. */
export class Refusal extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export const action = ({ form }: Call): string => form.get("Action") ?? "";

/** An answer of EC2's (https://docs.aws.amazon.com/AWSEC2/latest/APIReference). */
export function ec2Answer(name: string, content: string): Reply {
  const xmlns = "http://ec2.amazonaws.com/doc/2016-11-15/";
  const body = `<${name}Response xmlns="${xmlns}"><requestId>test</requestId>${content}</${name}Response>`;
  return { type: "text/xml", body };
}

/** Values of a list, such as `InstanceId.1`. */
export function listed(form: URLSearchParams, name: string): string[] {
  return [...form].filter(([key]) => new RegExp(`^${name}\\.\\d+$`).test(key)).map(([, value]) => value);
}
