/** A resource or a message, as JSON has it. */
export type Fields = Record<string, unknown>;

/** What one of Google's APIs is asked for. */
export interface Call {
  method: string;
  /** Below the API's version: `projects/my-project/global/networks`. */
  path: string;
  /** `v1`, `beta`. */
  version: string;
  query: URLSearchParams;
  body: Fields;
}

/** An API: what it answers, or a {@link Refusal} that it throws. */
export type Api = (call: Call) => Fields;

/** An answer in Google's form of errors (https://cloud.google.com/compute/docs/troubleshooting/error-messages). */
export class Refusal extends Error {
  constructor(
    readonly code: number,
    /** Google's word for it, such as `resourceInUseByAnotherResource`. */
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

export function missing(path: string): Refusal {
  return new Refusal(404, "notFound", `The resource '${path}' was not found`);
}

/** An asked-for object, empty where there is none. */
export function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function list(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fields) : [];
}

/** Where a resource is: `zones/europe-west4-a`, `instances`, and its name. */
export interface Place {
  scope: string;
  collection: string;
  name: string;
}

/** All that there is of Compute Engine in a project. */
export interface Store {
  /** By path below the project: `zones/europe-west4-a/instances/web`. */
  readonly resources: ReadonlyMap<string, Fields>;
  /** A path as a whole link, and back. */
  link(path: string): string;
  path(link: unknown): string | undefined;
  /** What a link leads to; throws when there is nothing. */
  resource(link: unknown): Fields;
  /** Adds a resource. */
  make(place: Place, given: Fields): Fields;
  /** Paths of those who name one. */
  users(path: string): string[];
  /** Links of the machines and rules that have an address. */
  holders(address: unknown): string[];
}
