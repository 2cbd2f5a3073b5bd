import { describe, expect, it } from "vitest";
import { innerPort } from "../../../services/proxy/ports.ts";
import { parseSettings } from "../../../settings.ts";
import { innerPorts } from "../../../settings/ways.ts";

describe("the port of somebody's own image", () => {
  const parsed = (port: number) => parseSettings({ system: "loc8", override: { backend: { port } } });

  for (const port of [1, 79, 80, 81, 443, 1023, 8000, 8098, 8099, 65535]) {
    it(`may be ${port}`, () => {
      expect(parsed(port).services.backend?.port).toBe(port);
    });
  }

  it("is found 8000 above where it is the proxy's own, which the public could reach else", () => {
    expect([80, 443, 8098, 8099, 8000, 79].map(innerPort)).toEqual([8080, 8443, 16098, 16099, 8000, 79]);
    const open = innerPorts(parsed(80));
    expect([open.includes(8080), open.includes(80)]).toEqual([true, false]);
  });

  it("isn't said twice when it is no port at all", () => {
    expect(() => parsed(0)).toThrow(/^override.backend.port: must be a whole number from 1 to 65535, got 0$/);
  });
});
