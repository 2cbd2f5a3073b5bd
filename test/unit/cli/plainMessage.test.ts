import { expect, it } from "vitest";
import { plainMessage } from "../../../cli/board/events.ts";

// As the engine hands them on, frames and all.
const messages: Record<string, [given: string, plain: string]> = {
  "an exception of the program": [
    'Unhandled exception: Error: error serializing property "labels": error serializing property "labels": inner[0].port: must not be a public port, got 80\n    at nginxConf (/home/me/.cache/berth/program/79624c/main.cjs:6022:34)\n    at async /home/me/x.ts:1:2\n    at new Promise (<anonymous>)\n',
    "inner[0].port: must not be a public port, got 80",
  ],
  "a value that is missing": [
    'Unhandled exception: TypeError: error serializing property "managedZone": no zone for "example.org"\n    at file:///x/google.js:3:9',
    'no zone for "example.org"',
  ],
  "words of a provider that speak of a place": [
    "sdk-v2/provider2.go:572: sdk.helper_schema: Cannot connect\n  at the address 10.0.0.1: provider=docker@5.2.0",
    "Cannot connect\n  at the address 10.0.0.1",
  ],
};

for (const [what, [given, plain]] of Object.entries(messages)) {
  it(`${what} is told without what surrounds it`, () => {
    expect(plainMessage(given)).toBe(plain);
  });
}
