import assert from "node:assert/strict";
import { execa } from "execa";
import { test } from "vitest";
import { everywhere, type Machine } from "../../../components/machine/machine.ts";
import { firewallScript } from "../../../components/machine/setupScript.ts";

/** What the script would load, for both IP versions. */
async function rules(sshFrom: readonly string[], more: Partial<Machine> = {}): Promise<string[]> {
  const script = firewallScript({ system: "vru", sshFrom, ...more });
  // As if this machine had IPv6.
  const { stdout } = await execa("sh", ["-s", "print"], {
    input: script.replace("-e /proc/net/if_inet6", "1 = 1"),
  });
  return stdout.split("\n");
}

test("from outside come 80, 443, ping and ssh, and nothing else reaches the machine or a published port", async () => {
  const [v4 = []] = split(await rules(["198.51.100.0/24"]));
  const published = ["-p tcp -m tcp --dport 80", "-p tcp -m tcp --dport 443"];
  const allowed = [
    "-s 198.51.100.0/24 -p tcp -m tcp --dport 22",
    "-p icmp",
    "-p udp -m udp --sport 67 --dport 68",
  ];
  assert.deepEqual(v4, [
    "*mangle",
    ":BERTH-OUTSIDE - [0:0]",
    "-A BERTH-OUTSIDE -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN",
    "-A BERTH-OUTSIDE -i lo -j RETURN",
    "-A BERTH-OUTSIDE -i docker0 -j RETURN",
    "-A BERTH-OUTSIDE -i br-+ -j RETURN",
    "-A BERTH-OUTSIDE -m addrtype ! --dst-type LOCAL -j RETURN",
    ...[...published, ...allowed].map((rule) => `-A BERTH-OUTSIDE ${rule} -j RETURN`),
    "-A BERTH-OUTSIDE -j DROP",
    "COMMIT",
    "*filter",
    ":BERTH-INPUT - [0:0]",
    "-A BERTH-INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    "-A BERTH-INPUT -i lo -j ACCEPT",
    // Without what Docker leads to containers: while it starts, a client is dropped and not refused.
    ...allowed.map((rule) => `-A BERTH-INPUT ${rule} -j ACCEPT`),
    "-A BERTH-INPUT -j DROP",
    "COMMIT",
    "*filter",
    ":DOCKER-USER - [0:0]",
    ":BERTH-WALL - [0:0]",
    "-A DOCKER-USER -d 169.254.169.254/32 -p tcp -j REJECT",
    "-A DOCKER-USER -i docker0 -j RETURN",
    "-A DOCKER-USER -i br-+ -j RETURN",
    "-A DOCKER-USER -o docker0 -j BERTH-WALL",
    "-A DOCKER-USER -o br-+ -j BERTH-WALL",
    "-A DOCKER-USER -m conntrack --ctstate DNAT -j BERTH-WALL",
    "-A DOCKER-USER -j RETURN",
    "-A BERTH-WALL -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN",
    "-A BERTH-WALL -p tcp -m conntrack --ctstate DNAT --ctorigdstport 80 -j RETURN",
    "-A BERTH-WALL -p tcp -m conntrack --ctstate DNAT --ctorigdstport 443 -j RETURN",
    "-A BERTH-WALL -j DROP",
    "COMMIT",
  ]);
});

test("IPv6 has the same rules, its own ssh networks, and both clouds' metadata addresses", async () => {
  const [, v6 = []] = split(await rules(["198.51.100.0/24", "2001:db8::/48"]));
  const ssh = v6.filter((rule) => rule.includes("--dport 22 "));
  assert.deepEqual(ssh, [
    "-A BERTH-OUTSIDE -s 2001:db8::/48 -p tcp -m tcp --dport 22 -j RETURN",
    "-A BERTH-INPUT -s 2001:db8::/48 -p tcp -m tcp --dport 22 -j ACCEPT",
  ]);
  assert.deepEqual(
    v6.filter((rule) => rule.endsWith("REJECT")),
    ["fd00:ec2::254/128", "fd20:ce::254/128"].map(
      (address) => `-A DOCKER-USER -d ${address} -p tcp -j REJECT`,
    ),
  );
  assert.ok(v6.includes("-A BERTH-OUTSIDE -p ipv6-icmp -j RETURN"));
  // Before whatever lets containers out, as an engine's own rules may come before ours there.
  const [, , , ...outside] = v6;
  assert.deepEqual(
    outside.slice(0, 5),
    ["fd00:ec2::254/128", "fd20:ce::254/128"]
      .flatMap((address) => ["docker0", "br-+"].map((inside) => `-i ${inside} -d ${address} -p tcp -j DROP`))
      .concat("-i lo -j RETURN")
      .map((rule) => `-A BERTH-OUTSIDE ${rule}`),
  );
});

test("a machine beside another lets in that one alone, on the ports named, and the public nowhere", async () => {
  const neighbours = [{ network: "10.0.0.4/32", ports: [8001, 8002] }];
  const all = await rules(["198.51.100.0/24"], { ports: [], neighbours });
  const open = all.filter((rule) => rule.includes("-p tcp") && /(?:ACCEPT|RETURN)$/.test(rule));
  assert.deepEqual(open, [
    "-A BERTH-OUTSIDE -s 198.51.100.0/24 -p tcp -m tcp --dport 22 -j RETURN",
    "-A BERTH-OUTSIDE -s 10.0.0.4/32 -p tcp -m tcp --dport 8001 -j RETURN",
    "-A BERTH-OUTSIDE -s 10.0.0.4/32 -p tcp -m tcp --dport 8002 -j RETURN",
    "-A BERTH-INPUT -s 198.51.100.0/24 -p tcp -m tcp --dport 22 -j ACCEPT",
    "-A BERTH-INPUT -s 10.0.0.4/32 -p tcp -m tcp --dport 8001 -j ACCEPT",
    "-A BERTH-INPUT -s 10.0.0.4/32 -p tcp -m tcp --dport 8002 -j ACCEPT",
    "-A BERTH-WALL -s 10.0.0.4/32 -p tcp -m conntrack --ctstate DNAT --ctorigdstport 8001 -j RETURN",
    "-A BERTH-WALL -s 10.0.0.4/32 -p tcp -m conntrack --ctstate DNAT --ctorigdstport 8002 -j RETURN",
  ]);
});

test("every port that sshd listens on is open to the networks that may", async () => {
  const open = (await rules(["198.51.100.0/24"], { sshPorts: [22, 2222], ports: [] })).filter((rule) =>
    rule.includes("-s 198.51.100.0/24"),
  );
  assert.deepEqual(open, [
    "-A BERTH-OUTSIDE -s 198.51.100.0/24 -p tcp -m tcp --dport 22 -j RETURN",
    "-A BERTH-OUTSIDE -s 198.51.100.0/24 -p tcp -m tcp --dport 2222 -j RETURN",
    "-A BERTH-INPUT -s 198.51.100.0/24 -p tcp -m tcp --dport 22 -j ACCEPT",
    "-A BERTH-INPUT -s 198.51.100.0/24 -p tcp -m tcp --dport 2222 -j ACCEPT",
  ]);
});

test("with no network for ssh it is closed", async () => {
  assert.ok(!(await rules([])).some((rule) => rule.includes("--dport 22 ")));
  assert.equal((await rules(everywhere)).filter((rule) => rule.includes("--dport 22 ")).length, 4);
});

/** The rules of IPv4 and of IPv6: three tables each. */
function split(lines: string[]): string[][] {
  const end = lines.findIndex((line, index) => line === "*mangle" && index > 0);
  assert.ok(end > 0);
  return [lines.slice(0, end), lines.slice(end)];
}

test("a UDP port that settings name is open on the machine over both versions, and to no container", async () => {
  const [without, more] = await Promise.all([rules(everywhere), rules(everywhere, { udpPorts: [51820] })]);
  const rule = "-p udp -m udp --dport 51820";
  const added = [`-A BERTH-OUTSIDE ${rule} -j RETURN`, `-A BERTH-INPUT ${rule} -j ACCEPT`];
  assert.deepEqual(
    more.filter((line) => line.includes("51820")),
    [...added, ...added],
  );
  assert.deepEqual(
    more.filter((line) => !added.includes(line)),
    without,
  );
});

test("machines of one swarm come in on its ports and by ESP, and what its containers publish stays closed", async () => {
  const swarm = ["10.0.0.5"];
  const all = await rules(everywhere, { swarm });
  const [without, more] = [await rules(everywhere), all];
  const peer = [
    "-s 10.0.0.5 -p tcp -m multiport --dports 2377,7946",
    "-s 10.0.0.5 -p udp -m multiport --dports 7946,4789",
    "-s 10.0.0.5 -p esp",
  ];
  // A container's packets would come there from this machine's address.
  const apart = [
    "-A DOCKER-USER -d 10.0.0.5 -p tcp -m multiport --dports 2377,7946 -j REJECT",
    "-A DOCKER-USER -d 10.0.0.5 -p udp -m multiport --dports 7946,4789 -j REJECT",
  ];
  const bridge = [
    ...["-A BERTH-OUTSIDE -i docker_gwbridge -j RETURN", "-A DOCKER-USER -i docker_gwbridge -j RETURN"],
    "-A DOCKER-USER -o docker_gwbridge -j BERTH-WALL",
  ];
  const sixth = ["fd00:ec2::254/128", "fd20:ce::254/128"].map(
    (address) => `-A BERTH-OUTSIDE -i docker_gwbridge -d ${address} -p tcp -j DROP`,
  );
  assert.deepEqual(
    more.filter((rule) => !without.includes(rule)).toSorted(),
    [
      ...peer.map((rule) => `-A BERTH-OUTSIDE ${rule} -j RETURN`),
      ...peer.map((rule) => `-A BERTH-INPUT ${rule} -j ACCEPT`),
      ...[...apart, ...bridge, ...bridge, ...sixth],
    ].toSorted(),
  );
  const places = [...apart, "-A DOCKER-USER -i docker_gwbridge -j RETURN"].map((rule) => more.indexOf(rule));
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );
});
