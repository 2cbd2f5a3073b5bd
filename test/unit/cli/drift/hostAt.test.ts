import { expect, it } from "vitest";
import { hostAt } from "../../../../cli/docker/machines.ts";
import { connection } from "../../../../components/ssh/connection.ts";
import { hostKey } from "../../../program/cloudSettings.ts";

it("what settings say of a machine is found by the way to it, what they say of all of them too", () => {
  const config = {
    "berth:host": { kind: "existing", address: "ops@203.0.113.5", hostKey, udpPorts: [51820] },
    "berth:hosts": {
      gpu: { address: "ops@203.0.113.6", hostKey, udpPorts: [500] },
      more: { address: "ops@203.0.113.7", hostKey },
    },
  };
  const ports = (address: string) => hostAt(config, connection({ address, user: "ops", hostKey })).udpPorts;
  expect(["203.0.113.5", "203.0.113.6", "203.0.113.7"].map(ports)).toEqual([[51820], [500], [51820]]);
  expect(ports("203.0.113.8")).toBeUndefined();
});
