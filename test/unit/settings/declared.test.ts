import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { parse } from "yaml";
import { parseSettings, SettingsError } from "../../../settings.ts";

const root = join(import.meta.dirname, "../../..");

interface Declared {
  type?: string;
  default?: unknown;
  description?: string;
}

const { config } = parse(readFileSync(join(root, "Pulumi.yaml"), "utf8")) as {
  config: Record<string, Declared>;
};

test("Pulumi.yaml declares every setting there is, with type, default and description", () => {
  assert.deepEqual(Object.keys(config).sort(), knownKeys().sort());
  for (const [key, { type, default: preset, description }] of Object.entries(config)) {
    assert.ok((description ?? "").length > 20, key);
    // Of several types: Pulumi can't say it, and says nothing of what has no type.
    if (["domains", "swarm", "tls"].includes(key)) {
      assert.equal(type, undefined, key);
      continue;
    }
    assert.match(type ?? "", /^(string|object|boolean|array)$/, key);
    assert.equal(Array.isArray(preset) ? "array" : typeof preset, type, key);
  }
});

test("its defaults are settings that are valid", () => {
  const presets = Object.fromEntries(
    Object.entries(config).map(([key, declared]) => [key, declared.default]),
  );
  assert.equal(parseSettings(presets).system, "attn");
});

/** The keys that settings take, as the refusal of another one names them. */
function knownKeys(): string[] {
  try {
    parseSettings({ system: "attn", host: { kind: "local" }, nothing: true });
  } catch (error) {
    if (error instanceof SettingsError) return error.message.split("known: ")[1]?.split(", ") ?? [];
    throw error;
  }
  return [];
}
