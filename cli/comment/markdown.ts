import { count } from "../units.ts";
import { plainMessage } from "../board/events.ts";
import { containerType, logicalName, ownerOf, replicasIn, serviceType } from "../state/checkpoint.ts";
import { risksIn, type Risk } from "./risks.ts";
import { costChange, isCost, type Plan, type Step } from "./steps.ts";

/** Steps that a reader counts; of a replacement the engine tells three. */
const counted: Record<string, string> = {
  create: "created",
  replace: "replaced",
  update: "updated",
  delete: "deleted",
};

/**
 * One comment that says what a plan does, for a pull request: Markdown that begins with a mark by which a bot finds and
 * updates it. Names and inputs' keys alone, never a value: the log may hold what isn't for everybody.
 */
export function commentOf(plan: Plan): string {
  const stack = stackOf(plan);
  const steps = plan.steps.filter(({ op, type }) => op in counted && type !== "pulumi:pulumi:Stack");
  const errors = plan.diagnostics.filter(({ severity }) => severity === "error");
  const parts = [
    `<!-- berth preview: ${stack.replace(/[^\w./-]/g, "_")} -->`,
    `### Preview of ${code(stack)}: ${errors.length > 0 ? "failed" : summary(steps)}`,
    listed("Errors", messages(errors)),
    atRisk(risksIn(steps)),
    listed("Policy", policies(plan)),
    listed("Warnings", messages(plan.diagnostics.filter(({ severity }) => severity === "warning"))),
    listed("Services", services(steps)),
    listed("Cost", costs(plan)),
  ];
  const above = parts.filter((part) => part !== "").join("\n\n");
  return `${[above, changes(steps, longest - above.length)].filter((part) => part !== "").join("\n\n")}\n`;
}

/** Characters of a comment: GitHub takes 65,536, GitLab a million. */
const longest = 60_000;

/** `prod` of `urn:pulumi:prod::berth::…`. */
function stackOf({ steps }: Plan): string {
  return /^urn:pulumi:(.+?)::/.exec(steps[0]?.urn ?? "")?.[1] ?? "this stack";
}

function summary(steps: readonly Step[]): string {
  const parts = Object.entries(counted).flatMap(([op, word]) => {
    const number = steps.filter((step) => step.op === op).length;
    return number === 0 ? [] : [`${number} ${word}`];
  });
  return parts.join(", ") || "nothing to do";
}

function atRisk(risks: readonly Risk[]): string {
  const kinds = [...new Set(risks.map(({ kind }) => kind))];
  const lines = kinds.flatMap((kind) =>
    risks.filter((risk) => risk.kind === kind).map(({ text }) => `**${kind}**: ${code(text)}`),
  );
  return risks.length === 0
    ? "No data, password, machine, address or port is at risk."
    : listed("⚠️ At risk", lines);
}

function policies({ policies: found }: Plan): string[] {
  return found.map(({ level, name, urn, text }) => {
    const where = urn === "" ? "" : ` (${code(logicalName(urn))})`;
    return `${level} ${code(name)}${where}: ${oneLine(text)}`;
  });
}

/** What happens to each service whose containers change. */
function services(steps: readonly Step[]): string[] {
  const found = new Map<string, Step[]>();
  for (const step of steps) {
    const { service, role } = ownerOf(step.next ?? step.old);
    if (![containerType, serviceType].includes(step.type) || service === undefined || role !== "service")
      continue;
    found.set(service, [...(found.get(service) ?? []), step]);
  }
  return [...found].map(([service, its]) => {
    const all = (op: string) => its.every((step) => step.op === op);
    const what = all("create") ? "created" : all("delete") ? "removed" : "restarted with new containers";
    const containers = its.map(({ type, next, old }) => (type === serviceType ? replicasIn(next ?? old) : 1));
    const total = containers.reduce((sum, each) => sum + each, 0);
    return `${code(service)}: ${what} (${count(total, "container")})`;
  });
}

/** How it changes, and what the program reckons, in a line a machine. */
function costs({ diagnostics, cost }: Plan): string[] {
  const lines = diagnostics.filter(({ severity }) => severity.startsWith("info"));
  const reckoned = lines.map(({ text }) => plainMessage(text)).filter(isCost);
  return [...costChange(cost).map((line) => `**${line}**`), ...reckoned.map(oneLine)];
}

function messages(found: Plan["diagnostics"]): string[] {
  return [...new Set(found.map(({ text }) => oneLine(plainMessage(text))).filter((text) => text !== ""))];
}

function listed(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : [`**${title}**`, "", ...lines.map((line) => `- ${line}`)].join("\n");
}

/** Every change in a table, as far as they fit into so many characters. */
function changes(steps: readonly Step[], room: number): string {
  if (steps.length === 0) return "";
  const rows = steps.map(({ op, urn, type, changed }) => {
    const because = op === "create" || op === "delete" ? "" : changed.map(code).join(", ");
    return `| ${op} | ${code(logicalName(urn))} | ${code(type.slice(type.lastIndexOf(":") + 1))} | ${because} |`;
  });
  let length = 0;
  const shown = rows.filter((row) => (length += row.length + 1) < room);
  const more = rows.length - shown.length;
  if (more > 0) shown.push(`| | and ${more} more, which \`berth preview\` shows | | |`);
  return [
    `<details><summary>${count(steps.length, "change")}</summary>`,
    "",
    ...["| | resource | type | differs |", "| --- | --- | --- | --- |", ...shown],
    "",
    "</details>",
  ].join("\n");
}

/** Nothing in it is Markdown, a mention or the end of a table's cell. */
function code(text: string): string {
  return `\`${text.replace(/[`|\n\r]/g, " ")}\``;
}

/** Somebody else's words as plain text: no HTML, no link, no mention, no heading. */
function oneLine(text: string): string {
  const line = text.trim().replace(/\s+/g, " ");
  // A backslash doesn't keep GitHub from seeing a mention; a space of no width does.
  return line.replace(/[<>&@]/g, (sign) => signs[sign] ?? sign).replace(/[`*_[\]|#]/g, "\\$&");
}

const signs: Record<string, string> = { "<": "&lt;", ">": "&gt;", "&": "&amp;", "@": "@\u200b" };
