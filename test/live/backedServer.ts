import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { restoreLabel } from "../../cli/restore/followed.ts";
import { probeImage } from "../../components/containers/probeHealth.ts";
import { resticImage } from "../../services/backup/definition.ts";
import { Berth, type Running } from "../tools/berth.ts";
import type { Elsewhere } from "./elsewhere.ts";
import { hostSettings, prepared, stock, stockImages, type Prepared } from "./sshRig.ts";

/** Rows of each table, as its server counts them. */
export const counted = `select table_name, (xpath('//c/text()', query_to_xml(format('select count(*) as c from %I', table_name), false, true, '')))[1]
  from information_schema.tables where table_schema = 'public' order by 1`;

/** DocsAI on a server, and the stack of whoever runs it; nothing but settings goes from one to another. */
export class BackedServer implements AsyncDisposable {
  readonly url: string;
  #settings: string[] = [];

  private constructor(
    private readonly machine: Prepared,
    readonly berth: Berth,
    private readonly elsewhere: Elsewhere,
  ) {
    this.url = `http://${machine.standin.address}`;
  }

  static async open(name: string, elsewhere: Elsewhere, ...settings: string[]): Promise<BackedServer> {
    const machine = await prepared("docsai", { name, stock: await stock() });
    await elsewhere.join(name);
    const images = await stockImages("docsai", machine);
    await machine.standin.addImages([probeImage, resticImage]);
    const server = new BackedServer(machine, await Berth.open("docsai"), elsewhere);
    server.#settings = [
      ...["system=docsai", "replicas.app=1", `host=${JSON.stringify(hostSettings(machine))}`],
      ...[`images=${JSON.stringify(images)}`, ...elsewhere.settings(await elsewhere.address(name))],
      ...settings,
    ];
    return server;
  }

  /** Has what is started from now on know another setting too. */
  set(setting: string): void {
    this.#settings.push(setting);
  }

  /** Puts images of this machine's Docker into the server's. */
  addImages(...references: string[]): Promise<void> {
    return this.machine.standin.addImages(references);
  }

  start(verb: string, ...options: string[]): Running {
    const settings = this.#settings.flatMap((setting) => ["--config", setting]);
    return this.berth.start(verb, ...options, ...settings);
  }

  async must(verb: string, ...options: string[]): Promise<string> {
    const { code, output } = await this.start(verb, ...options).ended;
    assert.equal(code, 0, output);
    return output;
  }

  /** Whether a restore is at work on the machine. */
  async isRestoring(): Promise<boolean> {
    return (await this.machine.standin.exec(`docker ps -q --filter label=${restoreLabel}`)).trim() !== "";
  }

  /** What a command says in the container of a service. */
  async inside(service: string, ...words: string[]): Promise<string> {
    const { standin } = this.machine;
    const filters = [`service=${service}`, "role=service"].map((label) => `--filter label=berth.${label}`);
    const container = await standin.exec(`docker ps -q ${filters.join(" ")}`);
    const { stdout } = await execa("docker", ["exec", standin.name, "docker", "exec", container, ...words]);
    return stdout;
  }

  /** What backups are encrypted with, as the stack's outputs have it for people. */
  async password(): Promise<string> {
    const { variables, path, configFile } = JSON.parse(await this.must("env", "--json")) as {
      variables: Record<string, string>;
      path: string;
      configFile: string;
    };
    const words = ["stack", "output", "secrets", "--show-secrets", "--json", "--stack", this.berth.stack];
    const env = { ...variables, PULUMI_SKIP_UPDATE_CHECK: "true" };
    const { stdout } = await execa(join(path, "pulumi"), words, { cwd: dirname(configFile), env });
    return (JSON.parse(stdout) as Record<string, string>)["backups, password"] ?? "";
  }

  rows(): Promise<string> {
    return this.inside("postgres", "psql", "-U", "postgres", "-d", "docsai", "-XAtc", counted);
  }

  /** The machine is gone, and with it the state of whoever ran it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.elsewhere.leave(this.machine.standin.name);
    await this.machine[Symbol.asyncDispose]();
    await this.berth.close();
  }
}
