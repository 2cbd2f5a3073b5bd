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
      /^ALTER ROLE "shop_2" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD 'new' VALID UNTIL 'infinity';\nGRANT "shop" TO "shop_2";$/m,
    );
    assert.match(sql, /^ALTER ROLE "shop_2" SET role = "shop";$/m);
    assert.match(sql, /ALTER DATABASE "shop" OWNER TO "shop";/);
  });

  it("is the role itself the first time, as it was before there was rotation", () => {
    assert.equal(provisionSql({ ...wanted, counter: 1 }), provisionSql(wanted));
    assert.doesNotMatch(provisionSql(wanted), /shop_|VALID UNTIL/);
  });

  it("outlasts the logins before it that are marked as Berth's, and no other role", () => {
    const ended =
      "(rolname = 'shop' OR rolname IN ('shop_2', 'shop_3') AND shobj_description(oid, 'pg_authid') = 'a login of shop, made by Berth') AND rolcanlogin";
    for (const sql of [expireSql, sweepSql]) {
      assert.ok(sql({ role: "shop", counter: 4 }, 45).includes(ended));
      assert.ok(sql({ role: "shop", counter: 2 }, 45).includes("WHERE (rolname = 'shop') AND rolcanlogin"));
    }
  });

  it("takes no role that somebody else made, and marks its own as it makes it", () => {
    const sql = provisionSql({ ...wanted, counter: 2 });
    assert.match(
      sql,
      /COMMENT ON ROLE "shop_2" IS 'a login of shop, made by Berth';\n {2}ELSIF mark <> 'a login of shop, made by Berth' THEN/,
    );
  });

  it("is ended by a server whatever that does with a statement whose client has gone", () => {
    assert.match(
      sweepSql({ role: "shop", counter: 2 }, 45),
      /^DO .*set_config\(name, '0', false\) FROM pg_settings WHERE name IN \('client_connection_check_interval', /,
    );
  });

  it("has the role's settings and limit of connections", () => {
    const sql = provisionSql({ ...wanted, counter: 2 });
    assert.match(sql, /CONNECTION LIMIT %s', 'shop_2', rolconnlimit\) FROM pg_roles WHERE rolname = 'shop'/);
    assert.match(sql, /SET %I FROM CURRENT', 'shop_2', place, given\.name/);
  });
});
