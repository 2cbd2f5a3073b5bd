import fc from "fast-check";
import { commonOptions, logDriverNames, optionsOf } from "../../../components/containers/logDrivers.ts";
import { parseSettings } from "../../../settings.ts";
import { applicationsOf } from "../../../settings/secrets.ts";
import { storedSchema } from "../../../settings/stored.ts";
import type { SystemDefinition } from "../../../systems/define.ts";
import { marker } from "./pool.ts";
import { examplesIn, namesIn, valuesOf, type Pool } from "./values.ts";

/** Settings of whose values their schemas say too little. */
export function whole(system: SystemDefinition, pool: Pool): Record<string, fc.Arbitrary<unknown>> {
  return { logging: logging(pool), secrets: secrets(system, pool), rotate: rotate(system) };
}

function logging(pool: Pool): fc.Arbitrary<unknown> {
  return fc.constantFrom(...logDriverNames).chain((driver) => {
    const options = Object.entries({ ...optionsOf(driver), ...commonOptions }).map(
      ([name, { rule, holds, required = false }]) => {
        const words = [
          ...examplesIn(rule),
          ...namesIn(rule),
          "true",
          "false",
          "5",
          "1m",
          "1s",
          "/etc/ssl/ca.pem",
          "json",
          "none",
        ];
        const fit = [...words, ...pool.filter((one) => typeof one === "string")].filter((one) => holds(one));
        const value = fit.length === 0 ? fc.constant("-") : fc.constantFrom(...fit);
        return [name, required ? value : fc.option(value, { nil: undefined, freq: 2 })] as const;
      },
    );
    return fc.record({ driver: fc.constant(driver), options: fc.record(Object.fromEntries(options)) });
  });
}

/** Those of single services, and those of all. */
function secrets(system: SystemDefinition, pool: Pool): fc.Arbitrary<unknown> {
  const value = fc.oneof(
    fc.constantFrom(marker, `${marker} ${marker}`, "generate", 42, true),
    // What a store calls it isn't a secret.
    valuesOf(
      storedSchema,
      pool.filter((one) => one !== marker),
    ),
  );
  const variable = fc.constantFrom("API_KEY", "OTHER", "SMTP_PASSWORD", "SECRET_KEY", "_X");
  const own = applicationsOf(system).map((name) => [name, fc.dictionary(variable, value, { maxKeys: 3 })]);
  const all = ["API_KEY", "OTHER", "DSN"].map((name) => [name, value]);
  return fc.record(Object.fromEntries([...own, ...all]) as Record<string, fc.Arbitrary<unknown>>, {
    requiredKeys: [],
  });
}

function rotate(system: SystemDefinition): fc.Arbitrary<unknown> {
  const { rotate: all } = parseSettings({ system: system.name, monitoring: true }, system);
  return fc.dictionary(fc.constantFrom(...Object.keys(all)), fc.constantFrom(1, 2, 7, 1000), { maxKeys: 3 });
}
