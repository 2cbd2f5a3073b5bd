import { defaultKind } from "../components/hosts/defaultKind.ts";
import { freePort } from "../test/tools/stack.ts";
import {
  hostSettings,
  openStack,
  prepared,
  programOf,
  seconds,
  stock,
  stockImages,
} from "../test/live/sshRig.ts";

/**
 * A first `up` of LOC8 on a stand-in machine over ssh and on this machine's own Docker, images present on both:
 * `npm run bench:ssh`, two minutes. Fails when it takes more than 1.5 times as long over ssh.
 */
const limit = 1.5;

const machine = await prepared("loc8", { name: "sshtest-time", stock: await stock() });
try {
  const common = { system: "loc8", images: await stockImages("loc8", machine), protectData: false };
  const hosts = {
    here: { host: { kind: defaultKind, port: await freePort() }, network: "sshtest-time-here" },
    ssh: { host: hostSettings(machine) },
  };
  const timed = async (kind: keyof typeof hosts): Promise<number> => {
    await using opened = await openStack(`sshtest-time-${kind}`, programOf({ ...common, ...hosts[kind] }));
    const [, up] = await seconds(opened.stack.up({ parallel: 32 }));
    await opened.stack.destroy({ parallel: 32 });
    return up;
  };
  const [here, ssh] = [await timed("here"), await timed("ssh")];
  const ratio = ssh / here;
  console.log(`${ssh.toFixed(1)} s over ssh, ${here.toFixed(1)} s here: ${ratio.toFixed(2)}, limit ${limit}`);
  if (ratio > limit) process.exitCode = 1;
} finally {
  await machine[Symbol.asyncDispose]();
}
