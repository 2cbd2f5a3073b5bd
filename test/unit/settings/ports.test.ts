import { describe, expect, it } from "vitest";
import { proxyPorts } from "../../../services/proxy/ports.ts";
import { parseSettings } from "../../../settings.ts";

describe("the port of somebody's own image", () => {
  const parsed = (port: number) => parseSettings({ system: "loc8", override: { backend: { port } } });

  for (const port of proxyPorts) {
    it(`can't be ${port}, which is the proxy's own`, () => {
      expect(() => parsed(port)).toThrow(
        `override.backend.port: must not be a port of the proxy (80, 443, 8098, 8099), which answers for the service inside the network, got ${port}`,
      );
    });
  }

  for (const port of [1, 79, 81, 1023, 8000, 65535]) {
    it(`may be ${port}`, () => {
      expect(parsed(port).services.backend?.port).toBe(port);
    });
  }

  it("isn't said twice when it is no port at all", () => {
    expect(() => parsed(0)).toThrow(/^override.backend.port: must be a whole number from 1 to 65535, got 0$/);
  });
});
