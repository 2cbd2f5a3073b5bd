import assert from "node:assert/strict";
import { test } from "vitest";
import type { LogLine } from "../../cli/docker/logText.ts";
import type { Maintenance } from "../../cli/maintenance/state.ts";
import type { TopRow } from "../../cli/top/table.ts";
import { status } from "../tools/http.ts";
import { release } from "../tools/release.ts";
import { until } from "../tools/wait.ts";
import type { SwarmVerbs } from "./swarmVerbs.ts";
import { wrongIn } from "./verified.ts";

const places = [0, 1];

/** Verbs on DocsAI, of which two machines that are there have one application and one proxy each. */
export function testPairVerbs(get: () => SwarmVerbs): void {
  const machine = (place: number) => get().rig.machine(place).standin;
  const names = () => places.map((place) => machine(place).name);

  test("status says what runs on both", async () => {
    const verbs = get();
    const { code, services } = await verbs.settled(["app"], 2);
    assert.deepEqual(
      services.map(({ service, healthy, wanted }) => [service, healthy, wanted]),
      [
        ["app", 2, 2],
        ["nginx", 1, 1],
        ["nginx-two", 1, 1],
        ["postgres", 1, 1],
      ],
    );
    assert.deepEqual(services[0]?.replicas.map((one) => one.machine).sort(), names());
    assert.equal(code, 0);
    const [one = "", two = ""] = names();
    assert.match(await verbs.must("status"), new RegExp(`^app +${one} 1, ${two} 1$`, "m"));
  });

  test("top has all that runs on both", async () => {
    const { containers } = JSON.parse(await get().must("top", "--json")) as { containers: TopRow[] };
    const [one = "", two = ""] = names();
    assert.deepEqual(containers.map((row) => `${row.machine} ${row.service}`).sort(), [
      ...["app", "nginx", "postgres"].map((service) => `${one} ${service}`),
      ...["app", "nginx-two"].map((service) => `${two} ${service}`),
    ]);
    for (const row of containers) assert.ok(row.memory > 0 && row.processes > 0, JSON.stringify(row));
  });

  test("verify finds all of both well, and asks for the pages at each", async () => {
    const { rig } = get();
    const { code, ok, checks, all } = await get().verify();
    assert.deepEqual([code, ok, wrongIn(checks)], [0, true, []], all);
    // A disk that fills and a server that is older than it should be are warnings.
    const passed = (level: string) =>
      checks
        .filter((one) => one.level === level && ["pass", "warn"].includes(one.outcome))
        .map(({ what }) => what)
        .filter((what) => !what.startsWith("version of "));
    assert.deepEqual(
      passed("machine").sort(),
      places
        .flatMap((place) => ["disk", "firewall"].map((what) => `${what} of ${machine(place).address}`))
        .sort(),
    );
    assert.equal(passed("container").length, 5, all);
    assert.equal(passed("dependency").length, 2, all);
    const pages = ["/admin/", "/", "/health"].map((path) => `${rig.url(0)}${path}`);
    assert.deepEqual(
      passed("proxy").sort(),
      ["http://app:8000/ from nginx", ...pages, ...pages.map((page) => `${page} at nginx-two`)].sort(),
    );
  });

  test("logs has lines of both", async () => {
    const verbs = get();
    for (const place of places) await status(`${verbs.rig.url(place)}/nowhere-${place}`);
    const lines = async (...words: string[]) =>
      (await verbs.must("logs", ...words, "--json"))
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as LogLine & { service: string; container: string });
    await until("each proxy's line is there", 60, async () => {
      const found = await lines("nginx", "nginx-two", "--grep", "/nowhere-\\d");
      const seen = found.map(({ service, text }) => `${service} ${/nowhere-\d/.exec(text)?.[0]}`);
      assert.deepEqual(seen.sort(), ["nginx nowhere-0", "nginx-two nowhere-1"]);
      return true;
    });
    const wrote = new Set((await lines("app")).map(({ container }) => container));
    for (const place of places) {
      const own = await machine(place).exec(
        "docker ps --filter label=berth.service=app --format '{{.Names}}'",
      );
      assert.ok(wrote.has(own), `${own} among ${[...wrote].join()}`);
    }
  });

  test("exec goes into the container that is meant, and ends as the command does", async () => {
    const verbs = get();
    const enter = (...words: string[]) => verbs.run("exec", ...words);
    const name = ["--", "cat", "/etc/hostname"];
    const [first, second, proxy, database, ended, none, more] = await Promise.all([
      enter("app", "--replica", "1", ...name),
      enter("app", "--replica", "2", ...name),
      enter("nginx-two", ...name),
      enter("postgres", "--", "psql", "-U", "postgres", "-Atc", "SELECT 41 + 1"),
      enter("app", "--", "sh", "-c", "exit 7"),
      enter("web"),
      enter("app", "--replica", "3", ...name),
    ]);
    const short = (ids: string[]) => ids.map((id) => id.slice(0, 12)).sort();
    assert.deepEqual([first.stdout, second.stdout].sort(), short(await verbs.containersOf("app")));
    assert.deepEqual([proxy.stdout], short(await verbs.containersOf("nginx-two")));
    assert.deepEqual([database.stdout, ended.code], ["42", 7]);
    assert.match(none.all, /^service: must be one of app, nginx, nginx-two, postgres, got "web"$/m);
    assert.match(more.all, /^--replica: must be a whole number from 1 to 2, got "3"$/m);
  });

  test("preview has nothing to do", async () => {
    const { steps, changes } = JSON.parse(await get().must("preview", "--json")) as {
      steps: unknown[];
      changes: Record<string, number>;
    };
    assert.deepEqual(steps, []);
    const { unchanged = 0, ...rest } = changes;
    assert.ok(unchanged > 30, JSON.stringify(changes));
    assert.deepEqual(rest, { created: 0, replaced: 0, updated: 0, deleted: 0 });
  });

  test("maintenance closes both, and says of one that is open", async () => {
    const verbs = get();
    const answers = (path: string) => Promise.all(places.map((place) => status(verbs.rig.url(place) + path)));
    const say = async (...words: string[]) =>
      (JSON.parse(await verbs.must("maintenance", ...words, "--json")) as { maintenance: Maintenance })
        .maintenance;
    const { active, since } = await say("on");
    assert.ok(active && since !== undefined);
    assert.deepEqual(
      [await answers("/"), await answers("/health")],
      [
        [503, 503],
        [200, 200],
      ],
    );
    const [proxy = ""] = await verbs.containersOf("nginx-two");
    await machine(1).exec(`docker exec ${proxy} rm /run/berth/maintenance`);
    assert.deepEqual([(await say()).open, await answers("/")], [["nginx-two"], [503, 200]]);
    assert.deepEqual([(await say("on")).open, await answers("/")], [undefined, [503, 503]]);
    assert.deepEqual([await say("off"), await answers("/")], [{ active: false }, [200, 200]]);
  });

  test("what is changed by hand on the second is named, and up mends it", async () => {
    const verbs = get();
    const second = `debian@${machine(1).address}`;
    const found = async () =>
      (await verbs.findings()).map((one) => `${one.machine} ${one.kind} ${one.name}: ${one.found}`).sort();
    assert.deepEqual(await found(), []);
    const [proxy = ""] = await verbs.containersOf("nginx-two");
    const folder = "docker volume inspect --format '{{.Mountpoint}}'";
    const volume = "docker volume ls -q | grep '^nginx-two-release-files-'";
    await machine(1).exec(`echo '# by hand' >>"$(${folder} "$(${volume})")/nginx.conf"`);
    await machine(1).exec(`docker update --memory 256m --memory-swap 256m ${proxy}`);
    const edited = `${second} files nginx-two-release-files: nginx.conf was edited`;
    assert.deepEqual(await found(), [
      `${second} container nginx-two: memory must be "128 MiB", got "256 MiB"`,
      edited,
    ]);
    await machine(1).exec(`docker stop ${proxy}`);
    const [stopped, seen, verified] = await Promise.all([found(), verbs.status(), verbs.verify()]);
    assert.deepEqual(stopped, [`${second} container nginx-two: has stopped`, edited]);
    const own = seen.services.find(({ service }) => service === "nginx-two");
    assert.deepEqual([seen.code, own?.healthy, own?.wanted], [1, 0, 1]);
    assert.deepEqual(
      [verified.code, ...wrongIn(verified.checks).map(({ what, detail }) => `${what}: ${detail}`)],
      [1, "nginx-two: a container doesn't run"],
    );
    await verbs.must("up", "--full");
    assert.deepEqual(await found(), []);
    assert.equal(await status(`${verbs.rig.url(1)}/`), 200);
  });

  test("a restart makes each container anew", async () => {
    const verbs = get();
    const before = await verbs.containersOf("app");
    await verbs.must("restart", "app");
    await until("the old ones are gone, and two are there", 120, async () => {
      const after = await verbs.containersOf("app");
      assert.ok(!after.some((one) => before.includes(one)), after.join());
      assert.equal(after.length, 2);
      return true;
    });
  });

  test("a release that fails leaves the one before it, to which a rollback leads back for good", async () => {
    const verbs = get();
    const runs = async () =>
      machine(0).exec(
        `docker service inspect --format '{{.Spec.TaskTemplate.ContainerSpec.Image}}' ${await verbs.servicesNamed("app")}`,
      );
    const first = await runs();
    const { app = "" } = verbs.rig.config.images as Record<string, string>;
    const line =
      "USER 0\nRUN rm -rf /srv/config/__pycache__ && echo 'raise SystemExit(\"no wind\")' >/srv/config/wsgi.py";
    const bad = await release(app, "swarm-docsai", [line]);
    for (const place of places) await machine(place).addImages([bad]);
    const { code, all } = await verbs.run("up", "-c", `images.app=${bad}`);
    assert.equal(code, 1, all);
    assert.match(all, /^app failed: .*\n(.*\n)*? +no wind\n(.*\n)*? +the release before it still serves$/m);
    for (const place of places) assert.equal(await status(`${verbs.rig.url(place)}/`), 200);
    const { services } = await verbs.settled(["app"], 2);
    assert.deepEqual([...new Set(services[0]?.replicas.map(({ image }) => image))], [app]);
    await verbs.must("rollback", "--yes");
    assert.equal(await runs(), first);
    for (const place of places) assert.equal(await status(`${verbs.rig.url(place)}/`), 200);
    await verbs.settled(["app"], 2);
    assert.deepEqual(await verbs.drift(), []);
  });
}
