import assert from "node:assert/strict";
import { chromium, type Page } from "playwright-core";
import type { TestContext } from "vitest";
import { fromDistribution } from "./apt.ts";

/** A browser on this machine: the one it has, else the distribution's. Gives the reason when there is none. */
export function findBrowser(): Promise<{ path: string } | { reason: string }> {
  return fromDistribution("chromium", ["chromium", "chromium-browser", "google-chrome"]);
}

export interface Visit {
  /** What `look` found on the page. */
  saw: string;
  /** Errors on the console, uncaught ones, requests that failed and answers of 400 or more. */
  problems: string[];
}

export interface VisitOptions {
  /** What other hosts answer, by URL: a test reaches none. */
  elsewhere?: Readonly<Record<string, string>>;
  /** What the browser is started with on top. */
  flags?: readonly string[];
}

/** A camera that the browser makes up, whose use a person has allowed. */
export const camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];

/** Looks for an element once it has a text, and gives that. */
export function textOf(selector: string): (page: Page) => Promise<string> {
  return async (page) => {
    const element = page.locator(selector);
    await element.filter({ hasText: /./ }).waitFor({ timeout: 60_000 });
    return element.innerText();
  };
}

/** Opens a page as a person would, and gives back what was seen there and what went wrong behind it. */
export async function visit(
  path: string,
  url: string,
  look: (page: Page) => Promise<string>,
  { elsewhere = {}, flags = [] }: VisitOptions = {},
): Promise<Visit> {
  const browser = await chromium.launch({
    executablePath: path,
    args: ["--no-sandbox", "--disable-dev-shm-usage", ...flags],
  });
  try {
    const page = await browser.newPage();
    for (const [other, body] of Object.entries(elsewhere))
      await page.route(other, (route) => route.fulfill({ body, contentType: typeOf(other) }));
    const problems: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") problems.push(message.text());
    });
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("requestfailed", (request) =>
      problems.push(`${request.url()}: ${request.failure()?.errorText ?? ""}`),
    );
    page.on("response", (response) => {
      if (response.status() >= 400) problems.push(`${response.url()}: ${response.status()}`);
    });
    await page.goto(url, { waitUntil: "load", timeout: 60_000 });
    return { saw: await look(page), problems };
  } finally {
    await browser.close();
  }
}

function typeOf(url: string): string {
  return url.endsWith(".js") ? "text/javascript" : url.endsWith(".css") ? "text/css" : "image/png";
}

/** The front end's verdict, once it is a good one or a minute has passed. */
async function verdictOf(page: Page): Promise<string> {
  const verdict = page.locator("header").getByRole("status");
  const good = verdict.filter({ hasText: "everything is connected" });
  await good.waitFor({ timeout: 60_000 }).catch(() => undefined);
  return (await verdict.innerText()).trim();
}

/** The front end at a system's public address says that everything is connected, and nothing is wrong behind it. */
export async function showsConnected(t: TestContext, url: string): Promise<void> {
  const browser = await findBrowser();
  if ("reason" in browser) {
    t.skip(browser.reason);
    return;
  }
  const seen = await visit(browser.path, url, verdictOf);
  assert.deepEqual(seen, { saw: "everything is connected", problems: [] });
}
