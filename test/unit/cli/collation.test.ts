import assert from "node:assert/strict";
import { test } from "vitest";
import { collationVerdicts } from "../../../cli/verify/collation.ts";

const verdicts = (output: string, code = 0) =>
  collationVerdicts("prod-database", "database", { code, output }).map(
    ({ level, what, outcome, detail }) => `${level}, ${what}: ${outcome}, ${detail}`,
  );

test("a database whose indexes have another order of text than its image is told with the commands that mend it", () => {
  assert.deepEqual(verdicts(`150014\n2.31\t2.36\tshop\n153.14\t153.121\tit's "old"\n`), [
    `endpoint, order of text in prod-database, shop: fail, its indexes have that of version 2.31, and the image 2.36, so that they may miss rows; berth exec database -- psql -U postgres -d 'shop' -c 'REINDEX DATABASE "shop"' -c 'ALTER DATABASE "shop" REFRESH COLLATION VERSION'`,
    `endpoint, order of text in prod-database, it's "old": fail, its indexes have that of version 153.14, and the image 153.121, so that they may miss rows; berth exec database -- psql -U postgres -d 'it'\\''s "old"' -c 'REINDEX DATABASE "it'\\''s ""old"""' -c 'ALTER DATABASE "it'\\''s ""old""" REFRESH COLLATION VERSION'`,
  ]);
});

test("one order passes, a server that records none is left out, and one that doesn't answer fails", () => {
  assert.deepEqual(verdicts("170006\n"), [
    "endpoint, order of text in prod-database: pass, as its indexes have it",
  ]);
  assert.deepEqual(verdicts("140019\n"), [
    "endpoint, order of text in prod-database: skip, recorded from PostgreSQL 15 on",
  ]);
  assert.deepEqual(verdicts("psql: error: FATAL:  the database system is starting up\n", 2), [
    "endpoint, order of text in prod-database: fail, can't be asked: psql: error: FATAL:  the database system is starting up",
  ]);
});
