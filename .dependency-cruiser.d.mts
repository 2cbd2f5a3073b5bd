import type { ICruiseOptions, IForbiddenRuleType } from "dependency-cruiser";

declare const config: {
  forbidden: (IForbiddenRuleType & { name: string })[];
  options: Pick<ICruiseOptions, "exclude" | "tsPreCompilationDeps"> & {
    doNotFollow: object;
    tsConfig: object;
  };
};
export default config;

export const layers: Readonly<Record<string, readonly string[]>>;
