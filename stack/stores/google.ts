import { GoogleAuth, type AuthClient } from "google-auth-library";
import type { StoredSecret } from "../../services/application/serviceSettings.ts";
import { endpointIn, networkCode, unforeseen, Unreadable, unreached } from "./unreadable.ts";

/** The whole value of a secret in Google Secret Manager, with Google's Application Default Credentials. Throws {@link Unreadable}. */
export async function readGoogle(secret: StoredSecret, signal: AbortSignal): Promise<string> {
  const base = endpoint();
  const auth = new GoogleAuth({ scopes: "https://www.googleapis.com/auth/cloud-platform" });
  const client = await credentials(auth);
  const path = await pathOf(secret, auth);
  const url = new URL(`v1/${path}/versions/${secret.version ?? "latest"}:access`, base);
  let data: string | undefined;
  try {
    const answer = await client.request<{ payload?: { data?: string } }>({
      url,
      signal,
      responseType: "json",
    });
    ({ data } = answer.data.payload ?? {});
  } catch (error) {
    throw failure(error, secret);
  }
  return textOf(data ?? "");
}

/** As gcloud is told of another: https://cloud.google.com/sdk/docs/properties, api_endpoint_overrides/secretmanager. */
function endpoint(): URL {
  const standard = "https://secretmanager.googleapis.com/";
  const url = endpointIn(["CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER"], standard) ?? new URL(standard);
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

/** With a token already, so that what fails after it is about the secret. */
async function credentials(auth: GoogleAuth): Promise<AuthClient> {
  let client: AuthClient;
  try {
    client = await auth.getClient();
  } catch {
    throw new Unreadable(
      "no credentials",
      "give them as Google's tools find them: gcloud auth application-default login, or GOOGLE_APPLICATION_CREDENTIALS",
    );
  }
  try {
    await client.getRequestHeaders();
    return client;
  } catch (error) {
    const code = networkCode(error);
    if (code !== undefined) throw unreached(code);
    const { response } = error as { response?: object };
    throw new Unreadable(
      response === undefined ? "credentials that can't be used" : "credentials that Google refuses",
      "log in anew with gcloud auth application-default login, or correct the key that GOOGLE_APPLICATION_CREDENTIALS names",
    );
  }
}

async function pathOf({ name, project }: StoredSecret, auth: GoogleAuth): Promise<string> {
  if (name.startsWith("projects/")) return name;
  const found = project ?? (await auth.getProjectId().catch(() => undefined));
  if (found === undefined)
    throw new Unreadable("no project", "set project beside name, or GOOGLE_CLOUD_PROJECT");
  return `projects/${found}/secrets/${name}`;
}

/** https://cloud.google.com/apis/design/errors */
interface Problem {
  error?: { status?: string; details?: { reason?: string }[] };
}

function failure(error: unknown, { version }: StoredSecret): Unreadable {
  const code = networkCode(error);
  const { response } = error as { response?: { status?: number; data?: Problem } };
  if (response === undefined) return code === undefined ? unforeseen("Google", error) : unreached(code);
  const { status = String(response.status), details = [] } = response.data?.error ?? {};
  switch (status) {
    case "PERMISSION_DENIED":
      return details.some(({ reason }) => reason === "SERVICE_DISABLED")
        ? new Unreadable("an API that is off", "run gcloud services enable secretmanager.googleapis.com")
        : new Unreadable("no permission", "give roles/secretmanager.secretAccessor on the secret");
    case "UNAUTHENTICATED":
      return new Unreadable("credentials that Google refuses", "log in anew, or correct the key");
    case "NOT_FOUND":
      return version === undefined
        ? new Unreadable("no such secret there", "correct name or project, or make it there")
        : new Unreadable("no such secret or version there", "correct name, version or project");
    case "FAILED_PRECONDITION":
      return new Unreadable("a version that is disabled or destroyed", "enable it, or name another version");
    default:
      return unforeseen("Google", error, status);
  }
}

function textOf(data: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(data, "base64"));
  } catch {
    throw new Unreadable("a binary value", "store it there as text");
  }
}
