import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecure } from "node:https";
import type { AddressInfo } from "node:net";
import type { Pair } from "./certificates.ts";

interface Comment {
  id: number;
  body: string;
  /** Whose it is, as GitHub and as GitLab say it. */
  user: { login: string };
  author: { id: number };
}

/** By whom a job's token writes. */
export const bot = { user: { login: "github-actions[bot]" }, author: { id: 7 } };

/**
 * The few addresses of GitHub's or GitLab's API that workflows use, with comments on one pull request in pages of two,
 * and pull requests. GitHub's paths: https://docs.github.com/rest/issues/comments and /rest/pulls; GitLab's:
 * https://docs.gitlab.com/api/notes.
 */
export interface Forge {
  /** With its port. */
  host: string;
  comments: Comment[];
  pulls: Pull[];
  /** The credentials that calls came with, once each. */
  credentials: Set<string>;
  close(): Promise<void>;
}

interface Pull {
  number: number;
  head: string;
  base: string;
  title: string;
}

const pageSize = 2;

/** Over TLS with a certificate for `localhost`; without one in plain. */
export async function openForge(pair?: Pair): Promise<Forge> {
  const comments: Comment[] = [];
  const pulls: Pull[] = [];
  const credentials = new Set<string>();
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    void textOf(request).then((body) => {
      const { authorization, "private-token": own } = request.headers;
      credentials.add(authorization ?? String(own));
      const { status, value, headers = {} } = answer(request, body);
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(JSON.stringify(value));
    });
  };
  const server = pair
    ? createSecure({ cert: pair.certificate, key: pair.key }, listener)
    : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `localhost:${(server.address() as AddressInfo).port}`;
  const base = `${pair ? "https" : "http"}://${host}`;

  function answer(
    { method = "", url: path = "/" }: IncomingMessage,
    body: string,
  ): { status: number; value: unknown; headers?: Record<string, string> } {
    const url = new URL(path, base);
    const key = `${method} ${url.pathname}`;
    if (/^GET .*\/(issues\/7\/comments|merge_requests\/7\/notes)$/.test(key)) {
      const page = Number(url.searchParams.get("page") ?? 1);
      const isLast = page * pageSize >= comments.length;
      const next = new URL(url);
      next.searchParams.set("page", `${page + 1}`);
      return {
        status: 200,
        value: comments.slice((page - 1) * pageSize, page * pageSize),
        headers: {
          "x-next-page": isLast ? "" : `${page + 1}`,
          ...(!isLast && { link: `<${next.href}>; rel="next"` }),
        },
      };
    }
    if (/^POST .*\/(issues\/7\/comments|merge_requests\/7\/notes)$/.test(key)) {
      const comment = { id: 100 + comments.length, body: textIn(body), ...bot };
      comments.push(comment);
      return { status: 201, value: comment };
    }
    const [, id] = /^(?:PATCH .*\/issues\/comments|PUT .*\/merge_requests\/7\/notes)\/(\d+)$/.exec(key) ?? [];
    const found = comments.find((comment) => `${comment.id}` === id);
    if (found !== undefined) {
      found.body = textIn(body);
      return { status: 200, value: found };
    }
    if (key.startsWith("GET ") && key.endsWith("/user")) return { status: 200, value: bot.author };
    const [, pullNumber] = /^PATCH .*\/pulls\/(\d+)$/.exec(key) ?? [];
    const renamed = pulls.find(({ number }) => `${number}` === pullNumber);
    if (renamed !== undefined) {
      Object.assign(renamed, JSON.parse(body));
      return { status: 200, value: renamed };
    }
    if (key.startsWith("GET ") && key.endsWith("/pulls")) {
      const [, head] = (url.searchParams.get("head") ?? "").split(":");
      return { status: 200, value: pulls.filter((pull) => pull.head === head) };
    }
    if (key.startsWith("POST ") && key.endsWith("/pulls")) {
      const pull = { ...(JSON.parse(body) as Pull), number: pulls.length + 1 };
      pulls.push(pull);
      return { status: 201, value: { ...pull, html_url: `${base}/pull/${pull.number}` } };
    }
    return { status: 404, value: { message: `no ${key}` } };
  }

  return {
    host,
    comments,
    pulls,
    credentials,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** A comment's text, in JSON as `gh` sends it or a form as `curl` does. */
function textIn(body: string): string {
  return body.startsWith("{")
    ? (JSON.parse(body) as Comment).body
    : (new URLSearchParams(body).get("body") ?? "");
}

/** All that a request brings along. */
export async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk as string;
  return text;
}
