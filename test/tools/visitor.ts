/** Somebody with a browser: keeps cookies, and sends forms with the token of the page they are on. */
export class Visitor {
  readonly #cookies = new Map<string, string>();

  constructor(private readonly url: string) {}

  async get(path: string, init: Omit<RequestInit, "headers"> & { headers?: Record<string, string> } = {}) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { cookie, origin: this.url, ...init.headers };
    const answer = await fetch(this.url + path, { redirect: "manual", ...init, headers });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) this.#cookies.set(name, value);
    }
    return answer;
  }

  async form(path: string, fields: Record<string, string | File>, page = path): Promise<Response> {
    const text = await (await this.get(page)).text();
    const token = /name="csrfmiddlewaretoken" value="(\w+)"/.exec(text)?.[1] ?? "";
    const body = new FormData();
    for (const [name, value] of Object.entries({ csrfmiddlewaretoken: token, ...fields }))
      body.set(name, value);
    return this.get(path, { method: "POST", body });
  }
}
