import type { TestOptions } from "vitest";

declare module "vitest" {
  interface TaskMeta {
    /** Why a test is skipped before it begins. */
    skipped?: string;
  }
}

/** For a test, or a whole suite, that can't run on this machine for a reason known before it begins. */
export function skipWhen(reason: string | undefined): TestOptions {
  return reason === undefined ? {} : { skip: true, meta: { skipped: reason } };
}
