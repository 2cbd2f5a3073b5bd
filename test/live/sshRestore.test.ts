import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, test } from "vitest";
import { probeImage } from "../../components/containers/probeHealth.ts";
import { resticImage } from "../../services/backup/definition.ts";
import { prepareImages } from "../tools/prepare.ts";
import { childrenOf, end } from "../tools/processes.ts";
import { skipWhen } from "../tools/skip.ts";
import { BackedServer } from "./backedServer.ts";
import { documents, uploadDocuments } from "./documents.ts";
import { Elsewhere, storageImage } from "./elsewhere.ts";
import { noStandin } from "./sshRig.ts";

const skip = await noStandin();

/** Ends the sessions by which a command speaks with the machine's Docker, as a connection that breaks does. Returns how many. */
async function breakSessions(command: number): Promise<number> {
  let broken = 0;
  for (const pid of await childrenOf(command)) {
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (!line.includes("docker system dial-stdio")) continue;
    end(pid);
    broken++;
  }
  return broken;
}

describe("a server that burnt down", skipWhen(skip), () => {
  let elsewhere: Elsewhere;
  const open: BackedServer[] = [];
  beforeAll(async () => {
    await prepareImages([resticImage, probeImage, storageImage]);
    elsewhere = await Elsewhere.open();
  });
  afterAll(async () => {
    for (const place of open) await place[Symbol.asyncDispose]();
    await elsewhere.close();
  });

  test("is there again on a fresh machine with every row and file, from the storage and the password alone, over a connection that breaks", async (t) => {
    const first = await BackedServer.open("sshtest-restore-old", elsewhere);
    open.push(first);
    await first.must("up");
    await uploadDocuments(first.url);
    const [before, rows] = [await documents(first.url), await first.rows()];
    assert.deepEqual(Object.keys(before).sort(), ["Plan", "Report"]);
    assert.match(rows, /^documents_document\|2$/m);
    assert.match(await first.must("backup"), /^backup: complete, of .* UTC$/m);
    const [password, name] = [await first.password(), first.berth.stack];
    assert.match(password, /^\S{20,}$/);
    await first[Symbol.asyncDispose]();
    open.pop();

    const begin = performance.now();
    const second = await BackedServer.open("sshtest-restore-new", elsewhere, `backup.password=${password}`);
    open.push(second);
    await second.must("up");
    assert.deepEqual(await documents(second.url), {});
    const restoring = second.start("restore", "--from", name, "--yes");
    await restoring.whileGoing(
      "a connection to break in the middle of it",
      async () => (await second.isRestoring()) && (await breakSessions(restoring.pid)) > 0,
    );
    const { code, output } = await restoring.ended;
    assert.equal(code, 0, output);
    assert.equal(output.match(/^backup: restored what was kept at /gm)?.length, 1, output);
    await t.annotate(`all there ${((performance.now() - begin) / 1000).toFixed(0)} s after a bare machine`);
    assert.deepEqual(await documents(second.url), before);
    assert.equal(await second.rows(), rows);
  });
});
