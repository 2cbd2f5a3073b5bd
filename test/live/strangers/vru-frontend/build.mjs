import { mkdir, writeFile } from "node:fs/promises";

await mkdir("build", { recursive: true });
await writeFile(
  "build/index.html",
  '<!doctype html><title>VRU</title><link rel="icon" href="data:,"><main></main><script src="/app.js"></script>\n',
);
await writeFile(
  "build/app.js",
  'fetch("/api/status").then((a) => a.json()).then((s) => { document.querySelector("main").textContent = `device ${s.ml_engine.device}`; });\n',
);
