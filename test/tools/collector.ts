import { randomBytes } from "node:crypto";
import { execa } from "execa";
import { ensureImages } from "../../toolchain/images/index.ts";
import { plainProgress } from "../../toolchain/progress.ts";
import { docker, exec } from "./docker.ts";
import { until } from "./wait.ts";

const image = "berth-test/rsyslog:1";

/** Debian's rsyslog, which writes all that it gets into one file: time, machine, tag and text. */
const dockerfile = `FROM berth/base:bookworm
RUN apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install rsyslog \\
 && rm -rf /var/lib/apt/lists/*
RUN printf '%s\\n' \\
  'module(load="imudp")' 'module(load="imtcp")' \\
  'input(type="imudp" port="514")' 'input(type="imtcp" port="514")' \\
  'template(name="whole" type="string" string="%timereported:::date-rfc3339% %hostname% %syslogtag%%msg%\\n")' \\
  '*.* action(type="omfile" file="/var/log/collected.log" template="whole" sync="off" asyncWriting="off")' \\
  >/etc/collector.conf
ENTRYPOINT ["rsyslogd", "-n", "-f", "/etc/collector.conf", "-iNONE"]
`;

/** Who collects logs by syslog, over UDP and TCP alike. */
export interface Collector extends AsyncDisposable {
  /** Lines that came, and of which the text or the tag has `part`. */
  lines(part: string): Promise<string[]>;
  /** Ends it as a power loss does. */
  kill(): Promise<void>;
  /** Freezes it: its sockets stay open and nobody reads them. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  start(): Promise<void>;
}

/** Starts one on a port of this machine's loopback address, for both protocols. */
export async function startCollector(port: number): Promise<Collector> {
  await ensureImages(
    plainProgress((line) => process.stderr.write(line)),
    ["berth/base:bookworm"],
  );
  await execa("docker", ["build", "--quiet", "--network", "host", "--tag", image, "-"], {
    input: dockerfile,
  });
  const bound = [{ HostIp: "127.0.0.1", HostPort: String(port) }];
  const container = await docker.createContainer({
    name: `berth-collector-${randomBytes(3).toString("hex")}`,
    Image: image,
    Labels: { "berth.test": "collector" },
    ExposedPorts: { "514/udp": {}, "514/tcp": {} },
    HostConfig: { PortBindings: { "514/udp": bound, "514/tcp": bound } },
  });
  const start = async (): Promise<void> => {
    await container.start();
    await until("rsyslog listens", 60, async () => {
      const { output } = await exec(container.id, ["cat", "/proc/net/tcp", "/proc/net/udp"]);
      // Port 514 in hexadecimal, once for each protocol.
      return output.split("\n").filter((line) => /^\s*\d+: [0-9A-F]{8}:0202 /.test(line)).length === 2;
    });
  };
  const remove = (): Promise<void> => container.remove({ force: true, v: true });
  try {
    await start();
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    start,
    lines: async (part) => {
      const { output } = await exec(container.id, ["cat", "/var/log/collected.log"]);
      return output.split("\n").filter((line) => line.includes(part));
    },
    kill: async () => {
      await container.kill();
    },
    pause: async () => {
      await container.pause();
    },
    resume: async () => {
      await container.unpause();
    },
    [Symbol.asyncDispose]: remove,
  };
}
