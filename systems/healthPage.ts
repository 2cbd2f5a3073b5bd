import { isRoutePath } from "../services/proxy/rules.ts";

/** The page that says how a system is, apart from the application: it goes on during maintenance. */
export function healthPage({ pages }: { pages: Readonly<Record<string, string>> }): string[] {
  return [pages.health].filter(isRoutePath).filter((path) => path !== (pages.application ?? "/"));
}
