import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Those of clouds are the vendor's alone: Berth has no module that would build them. */
const vendorPlugins = ["gcp", "aws"] as const;
export type PluginName = "docker" | "random" | "command" | (typeof vendorPlugins)[number];

/** One program that Berth needs and can build. */
export interface Tool {
  name: "cli" | PluginName | "minio" | "cadvisor" | "lego" | "restic" | "pebble" | "compose" | "buildx";
  /** As a person reads it. */
  title: string;
  /** Without a leading "v". */
  version: string;
  /** Only its vendor has it; there is no Go module that builds it. @default false */
  vendorOnly?: boolean;
  /** Of the Go module that builds it. */
  folder: string;
  /** A copy of that folder with what the build needs beside it, where Go runs. @default `folder` */
  prepared?: string;
  /** Arguments of `go build` that are this tool's own; the last is the package. */
  build: string[];
  /** The binary's place below the tool's own folder. */
  file: string;
}

/** The newest CLI that every Go module proxy we met has. The vendor's download gets the same one. */
const CLI_VERSION = "3.256.0";
const CLI_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
const CLI_VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

export const cli: Tool = {
  name: "cli",
  title: "Pulumi CLI",
  version: CLI_VERSION,
  folder: moduleFolder("cli"),
  build: [...linked(CLI_VERSION_VARIABLE, `v${CLI_VERSION}`), CLI_PACKAGE],
  file: join("bin", executable("pulumi")),
};

/** The upstream's Docker Compose resource would be half of what is compiled; the npm package doesn't have it. */
const WITHOUT_COMPOSE = ["-tags", "no_compose"];

/** A CLI older than the Node.js SDK may lack what the SDK asks of it. */
export const oldestCli = npmVersion("@pulumi/pulumi");

/** The version is the npm package's, since its SDK asks the engine for exactly that. */
export function plugin(name: PluginName): Tool {
  const version = npmVersion(`@pulumi/${name}`);
  return {
    name,
    title: `${name} plugin`,
    version,
    vendorOnly: vendorPlugins.some((one) => one === name),
    folder: moduleFolder(name),
    build: [...(name === "docker" ? WITHOUT_COMPOSE : []), ...linked("main.Version", version), "."],
    file: executable(`pulumi-resource-${name}`),
  };
}

function linked(variable: string, value: string): string[] {
  return ["-ldflags", `-s -w -X ${variable}=${value}`];
}

function npmVersion(name: string): string {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const version = manifest.dependencies[name];
  if (version === undefined || !/^\d+\.\d+\.\d+$/.test(version))
    throw new Error(`package.json: ${name} must be an exact version, got "${version}"`);
  return version;
}

function moduleFolder(name: string): string {
  return join(import.meta.dirname, "go", name);
}

function executable(name: string): string {
  return process.platform === "win32" ? `${name}.exe` : name;
}
