import assert from "node:assert/strict";
import { test } from "vitest";
import { postgresUrl, variablesOf } from "../../../services/postgres/url.ts";
import { ExternalRedis } from "../../../services/redis/external.ts";
import { storeForm } from "../../../services/objectStore/form.ts";
import { postgresForm } from "../../../services/postgres/form.ts";
import { redisForm } from "../../../services/redis/form.ts";

const forms = { postgresql: postgresForm, redis: redisForm, s3: storeForm };

type Parts = Partial<ReturnType<typeof postgresUrl>>;

const plain = {
  user: "u",
  password: "p",
  hosts: ["db"],
  ports: ["5432"],
  database: "d",
  parameters: {},
};

const taken: [url: string, parts: Parts][] = [
  ["postgresql://u:p@db/d", {}],
  ["postgres://u:p@db:6432/d", { ports: ["6432"] }],
  ["postgresql://u:p%40%2F%25%3A%23%3F@db/d", { password: "p@/%:#?" }],
  ["postgresql://u%40corp:p:q@db/d", { user: "u@corp", password: "p:q" }],
  ["postgresql://u:p@[fd00::1]:6432/d", { hosts: ["fd00::1"], ports: ["6432"] }],
  ["postgresql://u:p@[::1]/d", { hosts: ["::1"] }],
  [
    "postgresql://u:p@a:1,b:2,[::1]/d?target_session_attrs=any",
    { hosts: ["a", "b", "::1"], ports: ["1", "2", "5432"], parameters: { target_session_attrs: "any" } },
  ],
  ["postgresql://u:p@/d?host=a,b&port=6000", { hosts: ["a", "b"], ports: ["6000", "6000"] }],
  ["postgresql://u:p@db/d%20e?sslmode=require", { database: "d e", parameters: { sslmode: "require" } }],
  ["postgresql://u:p@db/d?ssl=true", { parameters: { sslmode: "require" } }],
  ["postgresql://db?user=u&password=p%26q&dbname=d", { password: "p&q" }],
  ["postgresql://u@%2Frun%2Fpostgresql/d", { password: "", hosts: ["/run/postgresql"] }],
  ["postgresql:///d?host=/run/postgresql&user=u", { password: "", hosts: ["/run/postgresql"] }],
  [
    "postgresql://u:p@db/d?options=-c%20statement_timeout%3D5s&connect_timeout=3",
    { parameters: { options: "-c statement_timeout=5s", connect_timeout: "3" } },
  ],
];

test.each(taken)("%s is what libpq makes of it", (url, parts) => {
  assert.equal(forms.postgresql.wrong(url), undefined);
  assert.deepEqual({ ...postgresUrl(url) }, { ...plain, ...parts });
});

const encoding = "signs such as @ : / ? # % in user and password are written %40 %3A %2F %3F %23 %25";
const ports = `a port is a number from 1 to 65535; ${encoding}`;

const refused: [form: keyof typeof forms, url: string, reason: string][] = [
  ["postgresql", "postgresql+asyncpg://u:p@db/d", 'it begins with "postgresql://"'],
  ["postgresql", "host=db user=u", 'it begins with "postgresql://"'],
  ["postgresql", "postgresql://u:p@ss@db/d", encoding],
  ["postgresql", "postgresql://u:p%ss@db/d", encoding],
  ["postgresql", "postgresql://u:p#s@db/d", encoding],
  ["postgresql", "postgresql://u:p s@db/d", encoding],
  ["postgresql", "postgresql://u:p%00@db/d", encoding],
  ["postgresql", "postgresql://u:p/s@db/d", ports],
  ["postgresql", "postgresql://u:p@db:0/d", ports],
  ["postgresql", "postgresql://u:p@db:65536/d", ports],
  ["postgresql", "postgresql://u:p@a,b,c/d?port=1,2", "ports are one, or one for each host"],
  ["postgresql", "postgresql://u:p@::1/d", "a host is a name, an address or an IPv6 address in brackets"],
  ["postgresql", "postgresql://u:p@/d", "a host is missing"],
  ["postgresql", "postgresql://u:p@a,/d", "a host is missing"],
  ["postgresql", "postgresql://:p@db/d", "the user is missing"],
  ["postgresql", "postgresql://u:p@db", "the database is missing"],
  ["postgresql", "postgresql://u@db/d", "the password is missing"],
  ["postgresql", "postgresql://u:p@db/d?sslmode", "each parameter after ? is name=value"],
  ["postgresql", "postgresql://u:p@db/d?schema=public", "a parameter after ? isn't one of libpq's"],
  [
    "postgresql",
    "postgresql://u:p@db/d?sslmode=on",
    "sslmode is one of disable, allow, prefer, require, verify-ca, verify-full",
  ],
  ["postgresql", "postgresql://u@db,%2Frun/d", "a socket is one absolute folder, alone"],
  ["postgresql", "postgresql://u@%2Frun%2F..%2Fetc/d", "a socket is one absolute folder, alone"],
  ["redis", "http://r:6379/0", 'it begins with "redis://" or "rediss://"'],
  ["redis", "unix:///run/redis.sock", "a socket of the machine is in no container"],
  ["redis", "redis://:p@ss@r/0", encoding],
  ["redis", "redis://:p#s@r/0", encoding],
  ["redis", "redis://a:1,b:2/0", "it is one host"],
  ["redis", "redis:///0", "the host is missing"],
  ["redis", "redis://:p@r:66000/0", `host or port is none; ${encoding}`],
  ["redis", "redis://:p%zz@r/0", `host or port is none; ${encoding}`],
  ["redis", "redis://:p@r/main", "after the host comes the number of a database"],
  ["s3", "s3://k:s@h/bucket", 'it begins with "https://"'],
  ["s3", "https://k@h/bucket", "key or secret is missing"],
  ["s3", "https://k:s@h/", "the bucket is missing"],
];

test.each(refused)("%s: %s is refused with the reason", (form, url, reason) => {
  assert.equal(forms[form].wrong(url), reason);
});

test("parameters are libpq's variables for an application that gets parts", () => {
  const parameters =
    "sslmode=require&connect_timeout=3&application_name=a&target_session_attrs=any&keepalives=1";
  assert.deepEqual(variablesOf(postgresUrl(`postgresql://u:p@db/d?${parameters}`)), {
    PGSSLMODE: "require",
    PGCONNECT_TIMEOUT: "3",
    PGAPPNAME: "a",
    PGTARGETSESSIONATTRS: "any",
  });
});

const redis: [url: string, parts: Record<string, string>][] = [
  ["redis://r", { host: "r", port: "6379", user: "default", database: "0" }],
  ["redis://:p@r:6380/2", { host: "r", port: "6380", user: "default", database: "2" }],
  ["rediss://u%40c:p@[fd00::1]/3", { host: "fd00::1", port: "6379", user: "u@c", database: "3" }],
];

test.each(redis)("%s is taken apart", (url, parts) => {
  assert.equal(forms.redis.wrong(url), undefined);
  const { hands = {} } = new ExternalRedis(url).link();
  const { host, port, user, database } = hands;
  assert.deepEqual({ host, port, user, database }, parts);
});
