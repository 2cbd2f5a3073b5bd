/** The front end's development server, which replaces modules in the open page. */
export function viteDev(port: number): string[] {
  // "runner" writes nothing beside the configuration, whose folder is read-only.
  const options = ["--host", "0.0.0.0", "--port", String(port), "--strictPort", "--configLoader", "runner"];
  return ["node_modules/.bin/vite", ...options];
}
