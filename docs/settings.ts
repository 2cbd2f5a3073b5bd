import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { stringify } from "yaml";
import { alertsSchema } from "../settings/alerts.ts";
import { servedSchema } from "../settings/domains.ts";
import { acmeSchema, dnsSchema, pairSchema } from "../settings/tls.ts";
import { headersSchema } from "../settings/headers.ts";
import { maintenanceSchema } from "../settings/maintenance.ts";
import { overrideSchema } from "../settings/override.ts";
import { capabilities } from "../services/application/containment.ts";
import { routeSchema } from "../settings/routes.ts";
import { settings } from "../settings/schema.ts";
import { systems } from "../systems/index.ts";

/** Writes `Pulumi.yaml`, and a page of all settings, from their schema: `npm run docs`. */
const root = join(import.meta.dirname, "..");

/** Files by path below the checkout, as they have to be. */
export async function settingsFiles(): Promise<Record<string, string>> {
  return {
    "Pulumi.yaml": await tidy("Pulumi.yaml", projectFile()),
    "docs/settings.md": await tidy("docs/settings.md", page()),
  };
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
    table(overrideSchema.shape),
    "### Capabilities",
    "Those that images ask for and that reach nothing outside their container:",
    [
      "| capability | |",
      "| --- | --- |",
      ...Object.entries(capabilities).map(([name, use]) => `| \`${name}\` | ${use} |`),
    ].join("\n"),
    "## alerts",
    table(alertsSchema.shape),
    "## domains.\\<n\\>",
    table(servedSchema.shape),
    "## tls",
    table(acmeSchema.shape),
    "Or a certificate of your own:",
    table(pairSchema.shape),
    "## tls.dns",
    table(dnsSchema.shape),
    "## headers",
    table(headersSchema.shape),
    "## routes.\\<path\\>",
    table(routeSchema(systems.attn).shape),
    "## maintenance",
    table(maintenanceSchema.shape),
  ].join("\n\n");
}

function table(shape: Readonly<Record<string, { description?: string | undefined }>>): string {
  const rows = Object.entries(shape).map(
    ([key, { description = "" }]) => `| \`${key}\` | ${cell(description)} |`,
  );
  return ["| key | |", "| --- | --- |", ...rows].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
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
