import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { provisionSql } from "../../../services/postgres/provision.sql.ts";
import { expireSql, sweepSql } from "../../../services/postgres/retire.sql.ts";

const wanted = { database: "shop", role: "shop", password: "new", superuserPassword: "all" };

describe("a rotated login of PostgreSQL", () => {
  it("is a member of the owning role beside the one before, whose password stays as it is", () => {
    const sql = provisionSql({ ...wanted, counter: 2 });
    assert.match(sql, /^ALTER ROLE "shop" NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;$/m);
    assert.match(
      sql,
      /^ALTER ROLE "shop_2" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD 'new' VALID UNTIL 'infinity';\nGRANT "shop" TO "shop_2";\nALTER ROLE "shop_2" SET role = "shop";$/m,
    );
    assert.match(sql, /ALTER DATABASE "shop" OWNER TO "shop";/);
  });

  it("is the role itself the first time, as it was before there was rotation", () => {
    assert.equal(provisionSql({ ...wanted, counter: 1 }), provisionSql(wanted));
    assert.doesNotMatch(provisionSql(wanted), /shop_|VALID UNTIL/);
  });

  it("outlasts every other login of the role, and of no role whose name begins the same", () => {
    for (const sql of [expireSql, sweepSql]) {
      const text = sql({ role: "shop", counter: 3 }, 45);
      assert.match(text, /rolname ~ '\^shop\(_\[0-9\]\+\)\?\$'/);
      assert.match(text, /rolname <> 'shop_3'/);
    }
  });
});
