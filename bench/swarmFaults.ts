import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { docker } from "../test/tools/docker.ts";
import { post, status } from "../test/tools/http.ts";
import { sleep, until } from "../test/tools/wait.ts";
import { failure, seconds, untilAnswers } from "../test/live/sshRig.ts";
import { strictLoad, type Answers } from "../test/live/strictLoad.ts";
import { swarmRig } from "../test/live/swarmRig.ts";
import { measuredBy, tableOf } from "./page.ts";

/**
 * What three machines as one swarm stand, with LOC8 on stand-ins: `npm run bench:swarm-faults`, 20 minutes, writes
 * docs/swarm-faults.md. `-- 4000` takes fewer requests a release than 20,000. Fails where a release drops one or a
 * committed row is lost; what dies with a machine is counted.
 */
const requests = Number(process.argv[2] ?? 20_000);
const perSecond = 200;

const rows: string[][] = [];
const row = (what: string, ...figures: string[]) => {
  rows.push([what, ...figures]);
  console.log(what, ...figures);
};

await vruFromNothing();

await using rig = await swarmRig(
  "loc8",
  { replicas: { backend: 3, frontend: 3 } },
  { name: "sshtest-faults" },
);

/** Asks some machines' proxies together at the rate, so long as `work` takes and at least for so many requests. */
async function under(proxies: number[], least: number, work: () => Promise<void>): Promise<Answers> {
  const each = perSecond / proxies.length;
  const parts: Promise<Answers>[] = [];
  const over = new AbortController();
  const load = (async () => {
    // In parts of ten seconds, since nobody knows how long the work takes.
    for (let sent = 0; !over.signal.aborted || sent < least; sent += perSecond * 10) {
      const begun = proxies.map((place) =>
        strictLoad({ url: `${rig.url(place)}/api/health`, perSecond: each, seconds: 10, onlyGet: true }),
      );
      parts.push(...begun);
      await sleep(10);
    }
  })();
  try {
    await work();
  } finally {
    over.abort();
    await load;
  }
  const all = await Promise.all(parts);
  const failures = new Map<string, number>();
  for (const [why, often] of all.flatMap((one) => [...one.failures]))
    failures.set(why, (failures.get(why) ?? 0) + often);
  return {
    sent: all.reduce((sum, one) => sum + one.sent, 0),
    failures,
    worst: Math.max(...all.map((one) => one.worst)),
    p99: Math.max(...all.map((one) => one.p99)),
  };
}

function failed({ sent, failures }: Answers): string {
  const count = [...failures.values()].reduce((sum, one) => sum + one, 0);
  const why = [...failures].map(([reason, often]) => `${often} × ${reason}`).join(", ");
  return `${count} of ${sent.toLocaleString("en")}${why === "" ? "" : ` (${why})`}`;
}

const up = (over?: Record<string, unknown>) => rig.stack.up({ parallel: 32, program: rig.program(over) });
const items = async () => {
  const server = "docker ps -q --filter label=berth.service=postgres --filter label=berth.role=service";
  const psql = 'psql -U postgres -d loc8 -At -c "SELECT id FROM items"';
  return new Set(
    (await rig.machine(0).standin.exec(`docker exec $(${server}) ${psql}`)).split("\n").map(Number),
  );
};

const [, first] = await seconds(up());
row("from three prepared machines to LOC8", "", `${first.toFixed(0)} s`);
const all = [0, 1, 2];
for (const place of all)
  await until("ready", 120, async () => (await status(`${rig.url(place)}/api/ready`)) === 200);

{
  let took = 0;
  const answers = await under(all, requests, async () => {
    [, took] = await seconds(up({ environment: { backend: { FLAVOUR: "second" } } }));
  });
  row(
    "a release",
    failed(answers),
    `${took.toFixed(0)} s, 99 of 100 in ${(answers.p99 * 1000).toFixed(0)} ms`,
  );
  assert.deepEqual([...answers.failures], []);
}
{
  let took = 0;
  const answers = await under(all, 0, async () => {
    const named = "$(docker service ls -q --filter label=berth.service=backend)";
    // As `berth restart` does it.
    [, took] = await seconds(rig.machine(0).standin.exec(`docker service update --force --quiet ${named}`));
  });
  row("a restart of the backend", failed(answers), `${took.toFixed(0)} s`);
  assert.deepEqual([...answers.failures], []);
}
{
  let took = 0;
  const command = ["python", "-c", "raise SystemExit('no wind')"];
  const answers = await under(all, requests, async () => {
    const bad = failure(() => up({ override: { backend: { command, startSeconds: 20 } } }));
    const [message, passed] = await seconds(bad);
    took = passed;
    assert.match(message, /rollback/);
  });
  row("a bad release, taken back", failed(answers), `run failed after ${took.toFixed(0)} s`);
  assert.deepEqual([...answers.failures], []);
  await up();
}
{
  let took = 0;
  const answers = await under([0, 1], 0, async () => {
    await sleep(3);
    [, took] = await seconds(rig.dies(2));
  });
  row(
    "the third machine dies, asked at the others",
    failed(answers),
    `all elsewhere after ${took.toFixed(1)} s`,
  );
  await rig.machine(2).standin.start();
  await rig.machine(2).standin.ready();
  row(
    "it comes back",
    "",
    `answers after ${(await untilAnswers(`${rig.url(2)}/api/ready`, 180)).toFixed(1)} s`,
  );
}
{
  const cut = "iptables -I INPUT -s ADDRESS -j DROP; iptables -I OUTPUT -d ADDRESS -j DROP";
  const mend = cut.replaceAll("-I", "-D");
  const { address } = rig.machine(1).standin;
  let took = 0;
  const answers = await under(all, 0, async () => {
    await sleep(3);
    await rig.machine(2).standin.exec(cut.replaceAll("ADDRESS", address));
    await sleep(60);
    await rig.machine(2).standin.exec(mend.replaceAll("ADDRESS", address));
    [, took] = await seconds(rig.whole(0, 180));
  });
  row(
    "60 s without a way between two machines, asked at all",
    failed(answers),
    `whole ${took.toFixed(1)} s after`,
  );
}
{
  const acknowledged: number[] = [];
  let refused = 0;
  const writing = new AbortController();
  const writers = Array.from({ length: 4 }, async () => {
    while (!writing.signal.aborted) {
      const written = await post<{ id: number }>(`${rig.url(1)}/api/items`, { text: "kept" }).catch(
        () => undefined,
      );
      if (written === undefined) refused++;
      else acknowledged.push(written.id);
      await sleep(0.05);
    }
  });
  await sleep(10);
  await rig.machine(0).standin.kill();
  // Nobody leads for a moment, and the other two choose one.
  const [, led] = await seconds(
    until("another manager leads", 60, async () =>
      (await rig.machine(1).standin.exec("docker node ls --format '{{.ManagerStatus}} {{.Hostname}}'"))
        .split("\n")
        .some((line) => line.startsWith("Leader") && !line.includes("one")),
    ),
  );
  await sleep(20);
  const page = await status(`${rig.url(1)}/`);
  const health = await status(`${rig.url(1)}/api/health`);
  await rig.machine(0).standin.start();
  await rig.machine(0).standin.ready();
  const back = await untilAnswers(`${rig.url(1)}/api/ready`, 180);
  await sleep(5);
  writing.abort();
  await Promise.all(writers);
  const kept = await items();
  const lost = acknowledged.filter((id) => !kept.has(id));
  row(
    "the first machine dies, which leads and has the database",
    `${lost.length} of ${acknowledged.length} committed rows lost, ${refused} writes refused`,
    `another leads after ${led.toFixed(1)} s; meanwhile a page answers ${page} and the API ${health}; the database is back ${back.toFixed(1)} s after the machine`,
  );
  assert.deepEqual(lost, []);
}
{
  await rig.whole(0, 180);
  let took = 0;
  const answers = await under([0], 0, async () => {
    [, took] = await seconds(up({ hosts: {} }));
  });
  row("from three machines to one, asked at the first", failed(answers), `${took.toFixed(0)} s`);
  const back = await under([0], 0, async () => {
    [, took] = await seconds(up());
  });
  row("from one to three", failed(back), `${took.toFixed(0)} s`);
}
await rig.stack.destroy({ parallel: 32 });

/** VRU, whole but for what watches it, from three prepared machines by one run. Fails where a second run changes anything. */
async function vruFromNothing(): Promise<void> {
  const watching = ["prometheus", "alertmanager", "grafana", "cadvisor", "node-exporter"];
  const exporters = ["postgres-exporter", "redis-exporter", "nginx-exporter"];
  const optional = Object.fromEntries([...watching, ...exporters].map((name) => [name, false]));
  await using vru = await swarmRig("vru", { optional }, { name: "sshtest-faults-vru" });
  const [, took] = await seconds(vru.stack.up({ parallel: 32 }));
  for (const place of [0, 1, 2])
    await until("ready", 120, async () => (await status(`${vru.url(place)}/api/ready`)) === 200);
  row("from three prepared machines to VRU, ready at each", "", `${took.toFixed(0)} s`);
  const { summary } = await vru.stack.up({ parallel: 32 });
  assert.deepEqual(Object.keys(summary.resourceChanges ?? {}), ["same"]);
  row("a second run of it", "", "no change");
  await vru.stack.destroy({ parallel: 32 });
}

const { Version } = await docker.version();
const source = measuredBy(
  ["npm run bench:swarm-faults", ...(requests === 20_000 ? [] : [`-- ${requests}`])].join(" "),
  `Docker Engine ${Version}`,
);
const page = `# What a swarm of three machines stands

VRU first, then LOC8 with three backends and three front ends, on three machines (stand-ins that share two cores), at ${perSecond} requests a second, half of them on a connection of their own; nothing is retried. What fails as a machine dies was on its way to that machine, and waited for 30 s.

${source}

${tableOf(["what is done", "failed requests", "and it took"], rows)}
`;
console.log(page);
writeFileSync(join(import.meta.dirname, "../docs/swarm-faults.md"), page);
