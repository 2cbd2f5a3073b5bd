import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

createServer(async ({ url }, response) => {
  const script = url === "/app.js";
  const body = await readFile(script ? "build/app.js" : "build/index.html");
  response.writeHead(200, { "Content-Type": script ? "text/javascript" : "text/html" }).end(body);
}).listen(3000, "0.0.0.0");
