import * as z from "zod";
import { problemsOf } from "../lib/problems.ts";
import {
  flag,
  imageReference,
  metricsPath,
  networkName,
  numberBetween,
  oneOf,
  rule,
  text,
  urlPath,
  userId,
  wholeNumber,
} from "../lib/rules.ts";
import { strict } from "../lib/strict.ts";
import { jobKinds } from "../services/application/jobKinds.ts";
import type { Rate } from "../services/proxy/rates.ts";
import type {
  JobDefinition,
  Project,
  QueueDefinition,
  SystemDefinition,
  VolumeDefinition,
} from "./define.ts";

/**
 * What a definition may be made of, as data. The compiler says the same of a file that is compiled; one that only runs
 * is held to it here. A line each, as `path: rule, got value`.
 */
export function shapeProblems(system: unknown): string[] {
  const { error } = z.object({ system: systemSchema }).safeParse({ system });
  return error === undefined ? [] : problemsOf(error.issues, { system });
}

const texts = list("texts", text);
const words = list("texts, one for each word", text).min(1, "must be a list of texts, one for each word");
const functionOf = rule(
  "must be a function",
  (value): value is (...given: never[]) => unknown => typeof value === "function",
);
const insidePath = pattern('must be an absolute path such as "/data"', /^(?:\/[\w.@~+-]+)+$/);
const routePath = pattern(
  'must begin with "/" and hold letters, digits and ._~@+,=- only',
  /^\/[\w.~@+,=/-]*$/,
);
const fileName = pattern('must be a file\'s name such as "app.yaml"', /^\w[\w.-]*$/);
const variableName = pattern("must be a variable name of letters, digits and underscores", /^[A-Za-z_]\w*$/);
const zoneName = pattern(
  'must be letters, digits, ".", "_" or "-" after a letter, at most 63, and not "clients" or "tls"',
  /^(?!(?:clients|tls)$)[A-Za-z][\w.-]{0,62}$/,
);

const mounts = list("mounts", strict({ volume: text, target: insidePath, readOnly: flag.optional() }));

const target = z.union(
  [
    text,
    z.looseObject({ directory: insidePath }),
    z.looseObject({ redirect: text }),
    z.looseObject({ answer: wholeNumber(200, 599) }),
  ],
  { error: "must be a service's name, or a map with directory, redirect or answer" },
);
const route = z
  .looseObject(
    {
      path: routePath.optional(),
      to: target.optional(),
      exact: flag.optional(),
      rate: text.nullable().optional(),
      developing: text.optional(),
      monitoring: texts.optional(),
    },
    { error: "must be a map of keys and values" },
  )
  .superRefine((given, context) => {
    if (given.monitoring !== undefined) return;
    for (const key of ["path", "to"] as const)
      if (given[key] === undefined)
        context.addIssue({ code: "custom", path: [key], message: "must be given" });
  });
const publicListener = z.looseObject(
  {
    rate: text.optional(),
    routes: list("routes", route)
      .min(1, "must be a list of routes, one or more")
      .superRefine((routes, context) => {
        const places = routes.map(({ path, exact }) => `${exact === true ? "= " : ""}${path ?? ""}`);
        places.forEach((place, index) => {
          if (routes[index]?.path !== undefined && places.indexOf(place) !== index)
            context.addIssue({ code: "custom", path: [index, "path"], message: "must be there once" });
        });
      }),
  },
  { error: "must be a map of keys and values" },
);

const service = z
  .looseObject(
    {
      kind: text,
      build: functionOf,
      phase: oneOf(["store", "application", "proxy"]),
      image: imageReference,
      developmentImage: imageReference.optional(),
      user: userId,
      cpus: numberBetween(0.01, 256),
      memory: wholeNumber(6, 1_048_576),
      minMemory: wholeNumber(6, 1_048_576),
      maxReplicas: wholeNumber(1, 1000),
      replicas: wholeNumber(1, 1000),
      graceSeconds: wholeNumber(0, 3600),
      optional: flag.optional(),
      port: wholeNumber(1, 65_535).optional(),
      tunnelPort: wholeNumber(1, 65_535).optional(),
      health: urlPath.optional(),
      metrics: metricsPath.optional(),
      uses: texts.optional(),
      after: texts.optional(),
      mounts: mounts.optional(),
      command: z.union([words, functionOf], { error: listOrFunction("words") }).optional(),
      developmentCommand: z.union([words, functionOf], { error: listOrFunction("words") }).optional(),
      environment: mapOrFunction(variableName).optional(),
      developmentEnvironment: mapOrFunction(variableName).optional(),
      generated: z.record(variableName, strict({ length: wholeNumber(8, 1024) })).optional(),
      files: z
        .record(
          fileName,
          strict({
            content: z.union([z.string(), functionOf], {
              error: "must be text, or a function that gives it",
            }),
            variable: variableName.optional(),
          }),
        )
        .optional(),
      socket: strict({ volume: text, folder: insidePath }).optional(),
      queue: text.optional(),
      api: text.optional(),
      client: text.optional(),
      public: publicListener.optional(),
    },
    { error: "must be made by a kind of service such as web, worker or postgres" },
  )
  .superRefine(({ replicas, maxReplicas, answers, port }, context) => {
    const say = (key: string, message: string) => {
      context.addIssue({ code: "custom", path: [key], message });
    };
    if (replicas > maxReplicas) say("replicas", `must be at most maxReplicas, ${maxReplicas}`);
    if (answers === true && port === undefined) say("port", "must be a whole number from 1 to 65535");
  });

const job = shapeOf<JobDefinition>()({
  of: text,
  command: words,
  does: oneOf(jobKinds).optional(),
  after: texts.optional(),
  only: mounts.optional(),
});
const volume = shapeOf<VolumeDefinition>()({
  keeps: oneOf(["data", "shared", "folder"]),
  of: text,
  permissions: pattern('must be permissions such as "0755"', /^0?[0-7]{3}$/).optional(),
  bucket: flag.optional(),
  filledBy: text.optional(),
});
const queue = shapeOf<QueueDefinition>()({ in: text, list: text.optional() });
const rate = shapeOf<Rate>()({
  requests: wholeNumber(1, 100_000),
  per: oneOf(["second", "minute"]),
  burst: wholeNumber(0, 100_000),
});
const project = shapeOf<Project>()({ name: text, services: texts, after: texts.optional() });

const systemSchema = shapeOf<SystemDefinition>()({
  name: text,
  title: text.optional(),
  component: pattern("must be letters and digits after a capital", /^[A-Z][A-Za-z0-9]*$/).optional(),
  network: networkName.refine((name) => name !== "", { error: "must be a network's name" }),
  services: map("services", z.record(z.string(), service)),
  jobs: map("jobs", z.record(z.string(), job)).optional(),
  volumes: map("volumes", z.record(z.string(), volume)).optional(),
  queues: map("queues", z.record(z.string(), queue)).optional(),
  rates: map("rates", z.record(zoneName, rate)).optional(),
  pages: map("paths", z.record(z.string(), pattern('must be a path such as "/docs"', /^\//))),
  projects: list("projects", project).optional(),
  folders: flag.optional(),
  watched: flag.optional(),
  superuser: flag.optional(),
  extra: functionOf.optional(),
});

/** A map with the keys of a definition: the compiler refuses one too many and one too few. */
function shapeOf<Definition extends object>() {
  return <Shape extends Record<keyof Definition, z.ZodType>>(
    shape: Shape & Record<Exclude<keyof Shape, keyof Definition>, never>,
  ) => strict<Shape>(shape);
}

function pattern(words: string, form: RegExp) {
  return rule(words, (value): value is string => typeof value === "string" && form.test(value));
}

function list<Item extends z.ZodType>(what: string, item: Item) {
  return z.array(item, { error: `must be a list of ${what}` });
}

function map<Schema extends z.ZodType>(what: string, schema: Schema) {
  return z.preprocess((value, context) => {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
    context.addIssue({ code: "custom", message: `must be a map of ${what} by name` });
    return z.NEVER;
  }, schema);
}

function listOrFunction(what: string): string {
  return `must be a list of ${what}, or a function that gives one`;
}

function mapOrFunction(key: z.ZodType<string>) {
  return z.union([z.record(key as z.ZodType<string> & z.core.$ZodRecordKey, z.unknown()), functionOf], {
    error: "must be a map of variables, or a function that gives one",
  });
}
