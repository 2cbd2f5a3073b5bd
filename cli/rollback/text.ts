import { shortId } from "../../lib/releaseImage.ts";
import { table } from "../table.ts";
import { isSame, type Images, type Release } from "./releases.ts";

/** Of a release, what a person chooses by. */
export interface Listed extends Release {
  /** What ran until it began. */
  before: Images;
  /** Applications whose image is no longer on their machine. */
  gone: readonly string[];
}

/**
 * Newest first: what each gave which applications, whether it can be had again, and which a rollback that names none
 * leads to.
 */
export function releaseTable(releases: readonly Listed[], now: Images, next?: Release): string[] {
  const rows = releases.toReversed().map(({ number, began, images, before, gone }) => {
    const given = Object.keys(images).filter((service) => images[service] !== before[service]);
    const words = given.sort().map((service) => `${service} ${shortId(images[service] ?? "")}`);
    return [
      String(number),
      minute(began),
      [stateOf(images, gone, now), ...(number === next?.number ? ["next"] : [])].filter(Boolean).join(", "),
      words.join(", "),
    ];
  });
  if (rows.length === 0) return ["no release is on record"];
  const columns = [{ title: "release", align: "right" }, { title: "since" }, { title: "" }] as const;
  return table([...columns, { title: "new images" }], rows, { width: Infinity });
}

function stateOf(images: Images, gone: readonly string[], now: Images): string {
  if (isSame(now, images)) return "runs";
  return gone.length === 0 ? "" : `gone: ${gone.join(", ")}`;
}

/** What a way back does, as one is asked before it. */
export function rollbackText({ number, began }: Release, services: readonly string[]): string {
  const gives = services.length === 0 ? "goes on with" : `gives ${services.join(", ")} the image of`;
  return `${gives} release ${number}, ${minute(began)}; nothing undoes a migration, so it meets the database as that is now`;
}

export function minute(date: Date): string {
  return date.toISOString().slice(0, 16).replace("T", " ");
}
