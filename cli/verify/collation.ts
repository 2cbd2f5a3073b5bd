import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";
import { quote } from "../../components/machine/scripts.ts";
import { exec } from "../docker/exec.ts";
import { nameOf, serviceOf } from "../docker/owned.ts";
import { reasonOf } from "../refusal.ts";
import type { Verdict } from "./verdicts.ts";

/**
 * The server's version, and each database whose order of text was another when its indexes were made: the C library or
 * ICU of its image decides that order (https://www.postgresql.org/docs/15/sql-alterdatabase.html, REFRESH COLLATION
 * VERSION).
 */
const question = `psql -X -q -A -t -v ON_ERROR_STOP=1 -U postgres -d postgres 2>&1 <<'SQL'
\\f '\\t'
show server_version_num;
select 'select datcollversion, pg_database_collation_actual_version(oid), datname from pg_database where datallowconn and datcollversion <> pg_database_collation_actual_version(oid) order by datname'
where current_setting('server_version_num')::int >= 150000 \\gexec
SQL`;

/** Whether a database's indexes are in the order that its image has. */
export async function lookAtCollation(docker: Docker, info: ContainerInfo): Promise<Verdict[]> {
  const answer = await exec(docker, info.Id, ["sh", "-c", question]).catch((error: unknown) => ({
    code: 1,
    output: reasonOf(error),
  }));
  return collationVerdicts(nameOf(info), serviceOf(info), answer);
}

export function collationVerdicts(
  container: string,
  service: string,
  { code, output }: { code: number; output: string },
): Verdict[] {
  const verdict = (outcome: Verdict["outcome"], detail: string, what = container): Verdict => ({
    level: "endpoint",
    what: `order of text in ${what}`,
    outcome,
    detail,
  });
  const [version = "", ...lines] = output.trim().split("\n");
  if (code !== 0) return [verdict("fail", `can't be asked: ${output.trim().split("\n").at(-1) ?? ""}`)];
  if (Number(version) < 150000) return [verdict("skip", "recorded from PostgreSQL 15 on")];
  if (lines.length === 0) return [verdict("pass", "as its indexes have it")];
  return lines.map((line) => {
    const [made = "", actual = "", ...name] = line.split("\t");
    const database = name.join("\t");
    const detail = `its indexes have that of version ${made}, and the image ${actual}, so that they may miss rows; ${reindex(service, database)}`;
    return verdict("fail", detail, `${container}, ${database}`);
  });
}

/** Writes wait meanwhile: indexes are made anew, and then the version is taken for theirs. */
function reindex(service: string, database: string): string {
  const name = `"${database.replaceAll('"', '""')}"`;
  const words = [`REINDEX DATABASE ${name}`, `ALTER DATABASE ${name} REFRESH COLLATION VERSION`];
  const commands = words.map((sql) => `-c ${quote(sql)}`).join(" ");
  return `berth exec ${service} -- psql -U postgres -d ${quote(database)} ${commands}`;
}
