import { randomBytes } from "node:crypto";
import type { ContainerCreateOptions } from "dockerode";
import { execa } from "execa";
import { probeFolder, probeImage } from "../../components/containers/probeHealth.ts";
import { resticImage, type BackupTarget } from "../../services/backup/definition.ts";
import { socketsFolder } from "../../services/backup/databases.ts";
import { pgServiceConf } from "../../services/backup/pg_service.conf.ts";
import { keepOptions, targetKeys, targetVariables } from "../../services/backup/repository.ts";
import { scheduleOf, scheduleVariables } from "../../services/backup/schedule.ts";
import { backupScript } from "../../services/backup/scripts.ts";
import { docker, exec, labelled, removeLabelled, type ExecResult } from "../tools/docker.ts";
import { until } from "../tools/wait.ts";
import { storageImage } from "./elsewhere.ts";

const image = "postgres:15";
const target = "/backup/target";
const keys = { accessKey: "backup-key", secretKey: "backup-secret-of-a-test" };

/** What a start has otherwise than the first one. */
interface Otherwise {
  password?: string;
  /** Its target is a disk of that size. */
  megabytes?: number;
  /** Its target is in S3, by these keys; others than those of {@link BackupRig.openStorage} where they are given. */
  storage?: Partial<typeof keys>;
}

/** What makes backups, as one stack has it. */
interface Maker extends Otherwise {
  /** Which may be another than the rig's own, with volumes of its own that end so. */
  stack?: string;
}

/** Serves, and again after it was ended, once nobody wants it away; what it holds goes with its container alone. */
const serveStorage = `while :; do
  minio server /data & echo "$!" >/tmp/server; wait
  while [ -e /tmp/away ]; do sleep 0.2; done
done`;

/** Waits until the storage holds so many more kilobytes than now. */
const stored = (kilobytes: number) => `
  used() { set -- $(du -sk /data 2>/dev/null); echo "$1"; }
  before=$(used); until [ "$(used)" -ge $((before + ${kilobytes})) ]; do sleep 0.02; done`;
const fill = "cat /dev/zero >/data/fill 2>/dev/null || df -k /data";

/** Two servers of one system. */
const servers = ["postgres", "billing"] as const;
type Server = (typeof servers)[number];

/** Databases, a volume of files and the script that backs them up, in containers of their own without a network. */
export class BackupRig {
  readonly #name = `backup-rig-${process.pid}-${randomBytes(3).toString("hex")}`;
  readonly #label = { "berth-test": this.#name };
  readonly #servers = new Map<Server, string>();
  #backup = "";
  #storage = "";
  #address = "";

  static async open(): Promise<BackupRig> {
    const rig = new BackupRig();
    for (const part of [...servers, "state", "files", "target", "media", "probe", "restic"])
      await docker.createVolume({ Name: rig.#volume(part), Labels: rig.#label });
    // Into an empty volume Docker copies the image's folder.
    await rig.#create({ Image: probeImage, HostConfig: { Mounts: [rig.#mount("probe", "/bin")] } });
    await rig.#create({ Image: resticImage, HostConfig: { Mounts: [rig.#mount("restic", "/usr/bin")] } });
    for (const name of servers) {
      const id = await rig.#run({
        Image: image,
        Env: ["POSTGRES_PASSWORD=for-a-test"],
        HostConfig: { Mounts: [rig.#mount(name, "/var/run/postgresql")] },
      });
      rig.#servers.set(name, id);
    }
    for (const id of rig.#servers.values())
      await until("PostgreSQL to answer", 120, async () => {
        // While it is made, a server answers on the socket alone.
        const { code } = await exec(id, ["pg_isready", "-q", "-h", "127.0.0.1"]);
        return code === 0;
      });
    await rig.sql("postgres", "create role app", "create database shop owner app");
    await rig.sql("shop", "create table item (id int primary key, word text)");
    await rig.sql("billing/postgres", "create database ledger");
    await rig.sql("billing/ledger", "create table entry (id int primary key)");
    return rig;
  }

  /** Starts storage that speaks S3, in a network that what makes backups from then on joins. */
  async openStorage(): Promise<void> {
    await docker.createNetwork({ Name: this.#name, Labels: this.#label });
    this.#storage = await this.#run({
      Image: storageImage,
      Entrypoint: ["sh", "-c"],
      Cmd: [serveStorage],
      User: "0:0",
      Env: [`MINIO_ROOT_USER=${keys.accessKey}`, `MINIO_ROOT_PASSWORD=${keys.secretKey}`],
      HostConfig: { NetworkMode: this.#name, Tmpfs: { "/data": "size=256m" } },
    });
    const { NetworkSettings } = await docker.getContainer(this.#storage).inspect();
    this.#address = `http://${NetworkSettings.Networks[this.#name]?.IPAddress}:9000`;
  }

  /** Leaves the storage no room at all. */
  fillStorage(): Promise<void> {
    return this.#inStorage(fill);
  }

  /** The same, once it has got so many more kilobytes. */
  fillStorageAfter(kilobytes: number): Promise<void> {
    return this.#inStorage(`${stored(kilobytes)}\n${fill}`);
  }

  /** Gives it room again; it looks once a second how much there is. */
  async emptyStorage(): Promise<void> {
    await this.#inStorage("rm /data/fill");
    // It writes a lock, and tries that until it can.
    const { code, output } = await this.shell("/run/berth-restic/restic cat config");
    if (code !== 0) throw new Error(output);
  }

  /** Ends the storage once it has got so many more kilobytes. */
  endStorageAfter(kilobytes: number): Promise<void> {
    return this.#inStorage(`${stored(kilobytes)}\ntouch /tmp/away; kill -9 "$(cat /tmp/server)"`);
  }

  /** Has the storage that was ended serve what it held. */
  async returnStorage(): Promise<void> {
    await this.#inStorage("rm /tmp/away");
    await this.#untilStored();
  }

  /** Starts what makes backups anew. */
  async start(otherwise: Otherwise = {}): Promise<void> {
    if (this.#backup !== "") await docker.getContainer(this.#backup).remove({ force: true });
    this.#backup = await this.#make(otherwise);
    if (otherwise.storage !== undefined) await this.#untilStored();
  }

  /** Starts what makes backups of the same for another stack, in the same storage. Returns a way to tell it words. */
  async startOther(stack: string): Promise<(...words: string[]) => Promise<ExecResult>> {
    for (const part of [`state-${stack}`, `files-${stack}`])
      await docker.createVolume({ Name: this.#volume(part), Labels: this.#label });
    const id = await this.#make({ stack, storage: {} });
    return (...words) => exec(id, [...self.split(" "), ...words]);
  }

  async #make({ password = "correct-horse-battery", megabytes, storage, stack }: Maker): Promise<string> {
    const own = (part: string) => (stack === undefined ? part : `${part}-${stack}`);
    const binds = [
      ...servers.map((name) => this.#mount(name, `${socketsFolder}/${name}`)),
      this.#mount(own("state"), "/var/lib/berth-backup"),
      ...[this.#mount(own("files"), "/etc/berth"), this.#mount("media", "/backup/volumes/media")],
      ...[this.#mount("probe", probeFolder), this.#mount("restic", "/run/berth-restic")],
    ];
    const place: BackupTarget =
      storage === undefined
        ? { kind: "folder", folder: target }
        : { kind: "s3", repository: `s3:${this.#address}/backups/rig`, ...keys, ...storage };
    const disk = megabytes === undefined ? {} : { Tmpfs: { [target]: `size=${megabytes}m` } };
    const id = await this.#run({
      Image: image,
      User: "0:0",
      Env: variables(place, stack),
      Entrypoint: [`${probeFolder}/busybox`, "sh", "-c"],
      Cmd: [
        // What a start before has left is no word of this one's.
        `printf '%s' "$0" >/etc/berth/backup.sh; echo "$1" >/etc/berth/password; printf '%s' "$2" >/etc/berth/credentials; printf '%s' "$3" >/etc/berth/pg_service.conf; : >/tmp/begun; exec ${self} serve`,
        backupScript(),
        password,
        targetKeys(place) ?? "",
        pgServiceConf(
          Object.fromEntries(
            servers.map((name) => [name, { host: `${socketsFolder}/${name}`, user: "postgres" }]),
          ),
        ),
      ],
      HostConfig: {
        ...disk,
        Mounts: megabytes === undefined ? [...binds, this.#mount("target", target)] : binds,
        Memory: 384 * 2 ** 20,
        CapDrop: ["ALL"],
        CapAdd: ["DAC_READ_SEARCH", "SETUID", "SETGID"],
        SecurityOpt: ["no-new-privileges:true"],
        Init: true,
        ...(storage && { NetworkMode: this.#name }),
      },
    });
    const waits = "test -e /tmp/begun -a -e /var/lib/berth-backup/www/metrics.txt";
    await until("the scheduler to wait", 120, async () => (await exec(id, ["sh", "-c", waits])).code === 0);
    return id;
  }

  async #untilStored(): Promise<void> {
    const ask = `${probeFolder}/busybox wget -q -O /dev/null ${this.#address}/minio/health/live`;
    await until("the storage to answer", 120, async () => (await this.shell(ask)).code === 0);
  }

  async #inStorage(command: string): Promise<void> {
    const { code, output } = await exec(this.#storage, ["sh", "-c", command]);
    if (code !== 0) throw new Error(output);
  }

  /** Runs a command that a page has for S3, in a folder, with this rig's stack and storage in it. */
  async byHand(command: string, folder: string): Promise<string> {
    const here = command
      .replace("docker run", `docker run --network container:${this.#storage}`)
      .replace(/ -r \S+/, " -r s3:http://127.0.0.1:9000/backups/rig")
      .replace(/ --host \S+/, " --host rig");
    const env = { AWS_ACCESS_KEY_ID: keys.accessKey, AWS_SECRET_ACCESS_KEY: keys.secretKey };
    const { all } = await execa("bash", ["-ec", here], { cwd: folder, env, all: true, timeout: 300_000 });
    return all;
  }

  /** Runs a client's command where the first server is, with a folder of this machine and the URL of a database. */
  async besideServer(command: string, folder: string, database: string): Promise<string> {
    const id = this.#servers.get("postgres") ?? "";
    await execa("docker", ["cp", folder, `${id}:/tmp/by-hand`]);
    const environment = `export DATABASE_URL='postgresql:///${database}?user=postgres'`;
    const { code, output } = await exec(id, ["sh", "-ec", `cd /tmp/by-hand; ${environment}; ${command}`]);
    if (code !== 0) throw new Error(output);
    return output;
  }

  /** A word of the script, such as `run`. */
  tell(...words: string[]): Promise<ExecResult> {
    return exec(this.#backup, [...self.split(" "), ...words]);
  }

  /** A run by which those stay that `keep` says. */
  run(keep: string): Promise<ExecResult> {
    return this.shell(`BACKUP_KEEP='${keep}' ${self} run`);
  }

  /** What `berth status` would show. */
  async status(): Promise<Record<string, string>> {
    const { output } = await this.tell("status");
    return Object.fromEntries(
      output
        .trim()
        .split("\n")
        .map((line) => line.split(/ (.*)/s).slice(0, 2) as [string, string]),
    );
  }

  /** What Prometheus would read, from where it would. */
  async metrics(): Promise<string> {
    const { code, output } = await this.shell(
      `${probeFolder}/busybox wget -q -O - http://127.0.0.1:9199/metrics.txt`,
    );
    if (code !== 0) throw new Error(output);
    return output;
  }

  /** Makes the schedule name a minute that has passed: it is heeded when the scheduler looks next. */
  async due(): Promise<void> {
    await this.shell("echo 0 >/var/lib/berth-backup/heeded");
  }

  shell(command: string): Promise<ExecResult> {
    return exec(this.#backup, ["sh", "-c", command]);
  }

  /** In a database of the first server, or in `billing/ledger`. */
  async sql(place: string, ...statements: string[]): Promise<string> {
    const commands = statements.flatMap((statement) => ["-c", statement]);
    const [database = "", server = "postgres"] = place.split("/").reverse();
    const { code, output } = await exec(this.#servers.get(server as Server) ?? "", [
      "psql",
      "-XqAt",
      "-U",
      "postgres",
      "-d",
      database,
      ...commands,
    ]);
    if (code !== 0) throw new Error(output);
    return output.trim();
  }

  /** Has a dump that is begun wait for a lock, and waits until one does; ends that with what it gives back. */
  async hold(
    run: () => Promise<ExecResult>,
  ): Promise<{ run: Promise<ExecResult>; release: () => Promise<void> }> {
    const locked = this.sql("shop", "begin", "lock table item", "select pg_sleep(600)").catch(() => "");
    const count = (condition: string) =>
      this.sql("shop", `select count(*) from pg_stat_activity where ${condition}`);
    await until(
      "a lock",
      120,
      async () => (await count("query like '%pg_sleep(600)' and state = 'active'")) !== "0",
    );
    const held = run();
    await until("a dump that waits", 180, async () => (await count("wait_event_type = 'Lock'")) !== "0");
    const release = async () => {
      await this.sql(
        "shop",
        "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(600)' and pid <> pg_backend_pid()",
      );
      await locked;
    };
    return { run: held, release };
  }

  /** Times of the whole backups in the repository. */
  async backups(): Promise<string[]> {
    const { output } = await this.tell("snapshots");
    const line = output.split("\n").find((text) => text.startsWith("[")) ?? "[]";
    return (JSON.parse(line) as { time: string }[]).map(({ time }) => time);
  }

  /** Ends everything in the container at once, as a machine that loses its power does, and starts it again. */
  async cut(): Promise<void> {
    await docker.getContainer(this.#backup).kill();
    await docker.getContainer(this.#backup).start();
  }

  async close(): Promise<void> {
    const { containers } = await labelled(`berth-test=${this.#name}`);
    for (const { Id } of containers) await docker.getContainer(Id).remove({ force: true, v: true });
    await removeLabelled(`berth-test=${this.#name}`);
  }

  #volume(part: string): string {
    return `${this.#name}-${part}`;
  }

  #mount(part: string, path: string) {
    return { Type: "volume", Source: this.#volume(part), Target: path } as const;
  }

  async #create(options: ContainerCreateOptions): Promise<string> {
    const HostConfig = { NetworkMode: "none", ...options.HostConfig };
    const made = await docker.createContainer({ Cmd: ["true"], ...options, Labels: this.#label, HostConfig });
    return made.id;
  }

  async #run(options: ContainerCreateOptions): Promise<string> {
    const id = await this.#create({ Cmd: [], ...options });
    await docker.getContainer(id).start();
    return id;
  }
}

const self = `${probeFolder}/busybox sh /etc/berth/backup.sh`;

function variables(place: BackupTarget, stack = "rig"): string[] {
  const schedule = scheduleOf("03:15");
  if (schedule === undefined) throw new Error("03:15 is a time");
  const all = {
    ...scheduleVariables(schedule),
    ...targetVariables(place),
    ...{ RESTIC_PASSWORD_FILE: "/etc/berth/password", RESTIC_HOST: stack },
    ...{
      RESTIC_CACHE_DIR: "/var/lib/berth-backup/cache",
      TZ: "UTC",
      PGSERVICEFILE: "/etc/berth/pg_service.conf",
    },
    ...{
      BACKUP_SYSTEM: "shop",
      BACKUP_SCHEDULE: "03:15",
      BACKUP_KEEP: keepOptions({}),
      BACKUP_DRILL: "weekly",
    },
    ...{ BACKUP_PORT: "9199", BACKUP_SERVERS: servers.map((name) => `${name}:all`).join(" ") },
  };
  return Object.entries(all).map(([name, value]) => `${name}=${value}`);
}
