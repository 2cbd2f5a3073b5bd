import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

/** A machine with nothing but Node.js and a Go that writes down what it is asked and "builds" small scripts. */
export interface FakeMachine {
  home: string;
  cache: string;
  /** Runs `ensureTools` in a process of its own. */
  ensure(env?: NodeJS.ProcessEnv): ChildProcess & { finished: Promise<Finished> };
  /** The builds Go was asked for, by tool. */
  builds(): string[];
}

export interface Finished {
  code: number | null;
  output: string;
}

/**
 * Stands for `go`: half a binary, a pause as long as SLOW_GO says, the other half; fails for the tool FAIL_GO names.
 * What it builds is a CLI that installs plugins from a folder as the genuine one does.
 */
const GO = `#!/bin/sh
case "$1" in
  env) printf 'go1.26.0\\nlocal\\n'; exit;;
  list) echo one; exit;;
esac
tool=$(basename "$PWD")
echo "$tool" >> "$GO_CALLS"
[ "$tool" != "$FAIL_GO" ] || { echo './main.go:1:1: undefined: x' >&2; exit 1; }
while [ "$1" != -o ]; do shift; done
mkdir -p "$(dirname "$2")"
printf '#!/bin/sh\\n' > "$2"
sleep "\${SLOW_GO:-0}"
cat >> "$2" <<'CLI'
[ "$1" = version ] && echo v3.256.0
if [ "$1 $2" = "plugin install" ]; then
  target="$PULUMI_HOME/plugins/resource-$4-v$5"
  mkdir -p "$PULUMI_HOME/plugins"
  # As the CLI does, of which another may be at work.
  exec 9>"$target.lock"
  flock 9
  rm -rf "$target"
  cp -r "$7" "$target"
fi
CLI
chmod +x "$2"
`;

const PROGRAM = `
  import { ensureTools } from ${JSON.stringify(new URL("../../../toolchain/index.ts", import.meta.url).href)};
  import { plainProgress } from ${JSON.stringify(new URL("../../../toolchain/progress.ts", import.meta.url).href)};
  const plugins = process.env.PLUGINS?.split(" ");
  const tools = await ensureTools(plainProgress((line) => process.stdout.write(line)), { plugins });
  console.log("how: " + tools.how);
`;

export function fakeMachine(): FakeMachine {
  const home = mkdtempSync(join(tmpdir(), "berth-tools-"));
  process.once("exit", () => {
    rmSync(home, { recursive: true, force: true });
  });
  const calls = join(home, "go-calls");
  write(join(home, "bin", "go"), GO);
  write(join(home, "program.mts"), PROGRAM);
  return {
    home,
    cache: join(home, "cache", "berth", "tools"),
    ensure: (env = {}) => start(home, { GO_CALLS: calls, BERTH_TOOLS: "build", ...env }),
    builds: () => (existsSync(calls) ? readFileSync(calls, "utf8").trim().split("\n").sort() : []),
  };
}

export function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

function start(home: string, env: NodeJS.ProcessEnv): ChildProcess & { finished: Promise<Finished> } {
  const child = spawn(process.execPath, ["--import", import.meta.resolve("tsx"), join(home, "program.mts")], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: [join(home, "bin"), "/usr/bin", "/bin"].join(delimiter),
      HOME: home,
      XDG_CACHE_HOME: join(home, "cache"),
      PULUMI_HOME: join(home, "pulumi"),
      ...env,
    },
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const finished = new Promise<Finished>((resolve) => {
    child.on("close", (code) => {
      resolve({ code, output });
    });
  });
  return Object.assign(child, { finished });
}
