import { createHash } from "node:crypto";
import { refusal, type FindLogin, type Login } from "../images/auth.ts";
import { dockerHub, type Reference } from "../../lib/reference.ts";
import { parseChallenge, type Challenge } from "./challenge.ts";
import type { Answer, Ask, Question } from "./http.ts";
import { imageOf, manifestTypes, parseManifest, platformOf } from "./manifest.ts";

/**
 * Asks registries what a tag means, without a Docker Engine
 * (https://github.com/opencontainers/distribution-spec/blob/main/spec.md). What is on npm for it is abandoned, or many
 * times as large as these few requests.
 */
export class RegistryClient {
  private readonly tokens = new Map<string, Promise<string | undefined>>();

  /** @param login what to log in with at a registry; nothing for one that everybody may read */
  constructor(
    private readonly ask: Ask,
    private readonly login: FindLogin,
  ) {}

  /** The digest that a tag has now: of the index, where it is for several platforms. Rejects with what is wrong. */
  async digestOf(reference: Reference): Promise<string> {
    const answer = await this.manifest(reference, reference.tag, "HEAD");
    const digest = answer.header("docker-content-digest");
    return isDigest(digest) ? digest : (await this.whole(reference, reference.tag)).digest;
  }

  /** Rejects unless the image of this digest is for a platform, such as `linux/amd64`. */
  async checkPlatform(reference: Reference, digest: string, platform: string): Promise<void> {
    const { text } = await this.whole(reference, digest);
    const manifest = parseManifest(text);
    const platforms =
      "platforms" in manifest
        ? manifest.platforms
        : [platformOf(await this.blob(reference, manifest.config))];
    if (platforms.includes(platform)) return;
    throw new Error(`${nameOf(reference)} must be for ${platform}, got ${platforms.join(", ")}`);
  }

  /** The text of an image's config, by its digest, else its tag. Rejects with what is wrong. */
  async configOf(reference: Reference, platform: string): Promise<string> {
    const { text } = await this.whole(reference, reference.digest ?? reference.tag);
    const inner = imageOf(text, platform);
    const manifest = parseManifest(inner === undefined ? text : (await this.whole(reference, inner)).text);
    if (!("config" in manifest)) throw new Error("must be an image, got a manifest of another sort");
    const config = await this.blob(reference, manifest.config);
    checkDigest(reference, manifest.config, Buffer.from(config));
    return config;
  }

  /** A manifest's text, which is what its digest says. */
  private async whole(reference: Reference, name: string): Promise<{ text: string; digest: string }> {
    const { body } = await this.manifest(reference, name, "GET");
    return { text: body.toString(), digest: checkDigest(reference, name, body) };
  }

  private manifest(reference: Reference, name: string, method: Question["method"]): Promise<Answer> {
    return this.read(reference, `manifests/${name}`, {
      method,
      headers: { accept: manifestTypes.join(", ") },
    });
  }

  private async blob(reference: Reference, digest: string): Promise<string> {
    return (await this.read(reference, `blobs/${digest}`, {})).body.toString();
  }

  private async read(reference: Reference, path: string, question: Question): Promise<Answer> {
    const url = `${addressOf(reference.registry)}/v2/${reference.repository}/${path}`;
    const known = await this.tokens.get(tokenKey(reference));
    const first = await this.ask(url, withToken(question, known));
    if (first.status !== 401) return expectThere(first, reference);
    const login = await this.login(reference.registry);
    const challenge = parseChallenge(first.header("www-authenticate") ?? "");
    const token = this.authorize(reference, challenge, login);
    this.tokens.set(
      tokenKey(reference),
      token.catch(() => undefined),
    );
    return expectThere(await this.ask(url, withToken(question, await token)), reference, login);
  }

  /** What to put into `Authorization`. */
  private async authorize(
    reference: Reference,
    challenge: Challenge | undefined,
    login: Login | undefined,
  ): Promise<string | undefined> {
    const { username, password, identitytoken } = login?.credentials ?? {};
    const basic =
      username === undefined
        ? undefined
        : `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    if (challenge?.scheme !== "bearer") return basic;
    const { scope = `repository:${reference.repository}:pull`, ...query } = challenge.query;
    const grant = { ...query, scope };
    const answer =
      identitytoken === undefined
        ? await this.ask(
            withQuery(challenge.realm, grant),
            basic === undefined ? {} : { headers: { authorization: basic } },
          )
        : await this.ask(challenge.realm, { method: "POST", body: refresh(identitytoken, grant) });
    return `Bearer ${tokenIn(expectThere(answer, reference, login), new URL(challenge.realm).host)}`;
  }
}

function withQuery(realm: string, query: Readonly<Record<string, string>>): string {
  const url = new URL(realm);
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
  return url.href;
}

/** https://distribution.github.io/distribution/spec/auth/oauth/ */
function refresh(token: string, query: Readonly<Record<string, string>>): URLSearchParams {
  return new URLSearchParams({
    grant_type: "refresh_token",
    refresh_token: token,
    client_id: "berth",
    ...query,
  });
}

/** The digest of what a registry has sent. Throws where it isn't the one that was asked for. */
function checkDigest({ registry }: Reference, name: string, body: Buffer): string {
  const digest = `sha256:${createHash("sha256").update(body).digest("hex")}`;
  if (isDigest(name) && digest !== name)
    throw new Error(`${registry} must send what ${name} names, got ${digest}`);
  return digest;
}

/** A registry of this machine alone speaks plain HTTP, as Docker takes it. */
function addressOf(registry: string): string {
  if (registry === dockerHub) return "https://registry-1.docker.io";
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/.test(registry)
    ? `http://${registry}`
    : `https://${registry}`;
}

function tokenKey({ registry, repository }: Reference): string {
  return `${registry}/${repository}`;
}

function withToken({ headers = {}, ...rest }: Question, token: string | undefined): Question {
  return { ...rest, headers: { ...headers, ...(token !== undefined && { authorization: token }) } };
}

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes */
function expectThere(answer: Answer, reference: Reference, login?: Login): Answer {
  const { registry, repository } = reference;
  const { status } = answer;
  if (status === 200) return answer;
  const got = `got status ${status}`;
  if (status === 401 || status === 403)
    throw new Error(refusal(registry, login, `${registry} must let ${repository} be read, ${got}`));
  if (status === 404) throw new Error(`${registry} must have ${nameOf(reference)}, ${got}`);
  if (status === 429)
    throw new Error(`${registry} must take another request, ${got}; log in, or wait for an hour`);
  throw new Error(`${registry} must answer, ${got}`);
}

function tokenIn({ body }: Answer, host: string): string {
  try {
    const { token, access_token: other } = JSON.parse(body.toString()) as Record<string, unknown>;
    const given = token ?? other;
    if (typeof given === "string" && given !== "") return given;
  } catch {
    // Said below.
  }
  throw new Error(`${host} must give a token, got none`);
}

function nameOf({ repository, tag }: Reference): string {
  return `${repository}:${tag}`;
}

const digestPattern = /^sha256:[a-f0-9]{64}$/;

export function isDigest(text: string | undefined): text is string {
  return text !== undefined && digestPattern.test(text);
}
