import type * as pulumi from "@pulumi/pulumi";
import { Arv } from "./arv.ts";
import { Attn } from "./attn.ts";
import type { SystemName } from "./catalog.ts";
import { DocsAi } from "./docsai.ts";
import { Loc8 } from "./loc8.ts";
import type { System, SystemArgs } from "./system.ts";
import { Vru } from "./vru.ts";

type Build<Name extends SystemName> = new (
  name: string,
  args: SystemArgs<Name>,
  opts?: pulumi.ComponentResourceOptions,
) => System;

const systems: { [Name in SystemName]: Build<Name> } = {
  attn: Attn,
  loc8: Loc8,
  arv: Arv,
  docsai: DocsAi,
  vru: Vru,
};

/** Builds the system that settings name; `services` has been checked against that system's own table. */
export function createSystem<Name extends SystemName>(name: Name, args: SystemArgs<Name>): System {
  return new systems[name](name, args);
}
