import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { ensureTools } from "../../toolchain/index.ts";
import type { Reply } from "../tools/driver.ts";
import { Engine } from "../tools/engine.ts";
import type { LiveStack } from "../tools/stack.ts";
import { silent } from "./sshRig.ts";

const examples = join(import.meta.dirname, "../../examples");

/** An example that reads a stack, as another team runs it: a project of its own whose state lies beside the stack's. */
export class OtherProgram {
  private constructor(
    /** Holds its Pulumi.yaml and the file of its stack. */
    readonly folder: string,
    private readonly engine: Engine,
  ) {}

  static async open(
    example: string,
    read: LiveStack,
    config: Record<string, string> = {},
  ): Promise<OtherProgram> {
    const { pulumiRoot } = await ensureTools(silent);
    const project = `berth-${example}`;
    const stack = `of-${read.name}`;
    const folder = await mkdtemp(join(tmpdir(), `${project}-`));
    await copyFile(join(examples, example, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
    const given = { stack: `organization/berth/${read.name}`, ...config };
    const named = Object.entries(given).map(([key, value]) => [`${project}:${key}`, value] as const);
    await writeFile(join(folder, `Pulumi.${stack}.yaml`), stringify({ config: Object.fromEntries(named) }));
    const program = join(examples, example, "index.ts");
    const engine = new Engine({ program, project, stack, folder, pulumiRoot }, read.environment);
    return new OtherProgram(folder, engine);
  }

  up(): Promise<Reply> {
    return this.engine.run({ verb: "up" });
  }

  /** Its state as `pulumi stack export` prints it. */
  exported(): Promise<string> {
    return this.engine.exported();
  }

  /** Takes away what it made, also where its run has failed. */
  async close(): Promise<void> {
    const { ok, output } = await this.engine.run({ verb: "destroy" });
    this.engine.stop();
    await rm(this.folder, { recursive: true, force: true });
    if (!ok) throw new Error(`the example was not destroyed:\n${output}`);
  }
}
