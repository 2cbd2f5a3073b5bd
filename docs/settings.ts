import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { stringify } from "yaml";
import { alertsSchema } from "../settings/alerts.ts";
import { backupSchema } from "../settings/backup.ts";
import { buildSchema } from "../settings/builds/schema.ts";
import { servedSchema } from "../settings/domains.ts";
import { acmeSchema, pairSchema } from "../settings/tls.ts";
import { headersSchema } from "../settings/headers.ts";
import { jobsSchema } from "../settings/jobs.ts";
import { maintenanceSchema } from "../settings/maintenance.ts";
import { overrideSchema } from "../settings/override.ts";
import { capabilities } from "../services/application/containment.ts";
import { routeSchema } from "../settings/routes.ts";
import { storedSchema } from "../settings/stored.ts";
import { settings } from "../settings/schema.ts";
import { hostKinds } from "../components/hosts/registry.ts";
import { systems } from "../systems/index.ts";
import { cell, settingTable } from "./settingTable.ts";

/** Writes `Pulumi.yaml`, and a page of all settings, from their schema: `npm run docs`. */
const root = join(import.meta.dirname, "..");

/** Files by path below the checkout, as they have to be. */
export async function settingsFiles(): Promise<Record<string, string>> {
  return {
    "Pulumi.yaml": await tidy("Pulumi.yaml", projectFile()),
    "docs/settings.md": await tidy("docs/settings.md", page()),
    ...Object.fromEntries(await Promise.all(hostKinds.map(hostPage))),
  };
}

const marks = ["<!-- settings, made by npm run docs -->", "<!-- end of settings -->"] as const;

/** The page of a kind of host, with its settings as they are now. */
async function hostPage({ name, schema }: (typeof hostKinds)[number]): Promise<[path: string, text: string]> {
  const path = `docs/hosts/${name}.md`;
  const now = readFileSync(join(root, path), "utf8");
  const [begin, end] = [now.indexOf(marks[0]), now.indexOf(marks[1])];
  if (begin < 0 || end < begin) throw new Error(`${path}: must hold ${marks.join(" and ")}`);
  const table = settingTable(schema.shape, "host.");
  return [
    path,
    await tidy(path, `${now.slice(0, begin + marks[0].length)}\n\n${table}\n\n${now.slice(end)}`),
  ];
}

function projectFile(): string {
  const config = Object.entries(settings).map(([key, { preset, description, types }]) => [
    key,
    { ...(types === undefined && typeOf(preset)), default: preset, description },
  ]);
  const project = {
    name: "berth",
    description:
      "A whole running system of containers, on a cloud machine, a server over ssh, or this machine's Docker",
    runtime: { name: "nodejs", options: { typescript: false, nodeargs: "--import=tsx" } },
    config: Object.fromEntries(config) as object,
  };
  return `# Made from settings/schema.ts by npm run docs.\n${stringify(project, { lineWidth: 115 })}`;
}

/** As Pulumi's project file has it. */
function typeOf(preset: unknown): { type: string; items?: { type: string } } {
  return Array.isArray(preset) ? { type: "array", items: { type: "string" } } : { type: typeof preset };
}

function page(): string {
  const rows = Object.entries(settings).map(
    ([key, { preset, description, types = typeOf(preset).type }]) =>
      `| \`${key}\` | ${types} | \`${JSON.stringify(preset)}\` | ${cell(description)} |`,
  );
  return [
    "# Settings",
    "Keys of a stack's file, each with `berth:` before it, as in `berth:domain: app.example.org`; with `--config` on the command line, without it. A mistake is refused before anything exists, all of them at once, by `berth validate`, `berth up` and `pulumi` in the same words. This page and the project's `Pulumi.yaml` are made from the settings' schema by `npm run docs`.",
    ["| key | type | default | |", "| --- | --- | --- | --- |", ...rows].join("\n"),
    "## override.\\<service\\>",
    settingTable(overrideSchema.shape),
    "### Capabilities",
    "Those that images ask for and that reach nothing outside their container:",
    [
      "| capability | |",
      "| --- | --- |",
      ...Object.entries(capabilities).map(([name, use]) => `| \`${name}\` | ${use} |`),
    ].join("\n"),
    "## alerts",
    settingTable(alertsSchema.shape),
    "## domains.\\<n\\>",
    settingTable(servedSchema.shape),
    "## tls",
    settingTable(acmeSchema.shape),
    "Or a certificate of your own:",
    settingTable(pairSchema.shape),
    "## headers",
    settingTable(headersSchema.shape),
    "## routes.\\<path\\>",
    settingTable(routeSchema(systems.attn).shape, "", { to: "a service that answers HTTP" }),
    "## images.\\<service\\>",
    "A name, or how it is built:",
    settingTable(buildSchema.shape),
    "## secrets.\\<service\\>.\\<variable\\>",
    "A text, `generate`, or where it is kept, see [links](links.md#secrets-that-a-store-keeps):",
    settingTable(storedSchema.shape),
    "## jobs.\\<service\\>",
    settingTable(jobsSchema.shape),
    "## backup",
    settingTable(backupSchema.shape),
    "## maintenance",
    settingTable(maintenanceSchema.shape),
  ].join("\n\n");
}

async function tidy(file: string, text: string): Promise<string> {
  const filepath = join(root, file);
  return format(text, { ...(await resolveConfig(filepath)), filepath });
}

if (process.argv[1] === import.meta.filename) {
  for (const [file, text] of Object.entries(await settingsFiles())) {
    const path = join(root, file);
    if (current(path) !== text) writeFileSync(path, text);
  }
}

function current(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
