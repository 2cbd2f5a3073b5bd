/** The command line of an application that reloads when its mounted source changes. */
export function reloadingUvicorn({ app, port }: { app: string; port: number }): string[] {
  return ["uvicorn", app, "--host", "0.0.0.0", "--port", String(port), "--reload", "--log-level", "debug"];
}
