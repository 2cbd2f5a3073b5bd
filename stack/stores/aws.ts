import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { StoredSecret } from "../../services/application/serviceSettings.ts";
import { regionIn } from "../../settings/stored.ts";
import { endpointIn, networkCode, unforeseen, Unreadable, unreached } from "./unreadable.ts";

const standard = "https://secretsmanager.eu-central-1.amazonaws.com";

/**
 * The whole value of a secret in AWS Secrets Manager, with the credentials, the region and the endpoint that Amazon's
 * SDK finds. Throws {@link Unreadable}.
 */
export async function readAws(secret: StoredSecret, signal: AbortSignal): Promise<string> {
  const { name, version, region = regionIn(name) } = secret;
  // That a later SDK will ask for a later Node.js is for who updates it to know, not for each run's output.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  // As the SDK looks for them (https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html).
  if (process.env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS !== "true")
    endpointIn(["AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL"], standard);
  const client = new SecretsManagerClient(region === undefined ? {} : { region });
  const command = new GetSecretValueCommand({ SecretId: name, VersionId: version });
  try {
    const { SecretString: value } = await client.send(command, { abortSignal: signal });
    if (value === undefined) throw new Unreadable("a binary value", "store it there as text");
    return value;
  } catch (error) {
    throw error instanceof Unreadable ? error : failure(error, secret);
  } finally {
    client.destroy();
  }
}

/** By the names that Amazon gives them (docs.aws.amazon.com/secretsmanager GetSecretValue, and its common errors). */
function failure(error: unknown, { version }: StoredSecret): Unreadable {
  const { name, message } = error instanceof Error ? error : { name: "Error", message: "" };
  const code = networkCode(error);
  if (code !== undefined) return unreached(code);
  if (/^Region is missing/i.test(message))
    return new Unreadable("no region", "set region beside name, or AWS_REGION");
  switch (name) {
    case "CredentialsProviderError":
    case "TokenProviderError":
      return new Unreadable(
        "no credentials",
        "give them as AWS's tools find them, such as AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
      );
    case "AccessDenied":
    case "ExpiredToken":
    case "InvalidIdentityToken":
      return new Unreadable(`a role that isn't given (${name})`, "correct the role's trust, or log in anew");
    case "ExpiredTokenException":
    case "InvalidClientTokenId":
    case "InvalidSignatureException":
    case "UnrecognizedClientException":
      return new Unreadable(
        `credentials that AWS refuses (${name})`,
        "log in anew, or correct the key, or this machine's clock",
      );
    case "AccessDeniedException":
      return new Unreadable(
        "no permission",
        "allow secretsmanager:GetSecretValue on its ARN, and kms:Decrypt where it has a key of its own",
      );
    case "DecryptionFailure":
      return new Unreadable("no permission for its key", "allow kms:Decrypt on the key it is encrypted with");
    case "ResourceNotFoundException":
      return version === undefined
        ? new Unreadable(
            "no such secret there, or one without a value",
            "correct name or region, or make it there",
          )
        : new Unreadable("no such secret or version there", "correct name, version or region");
    case "InvalidRequestException":
      return new Unreadable("a secret that is to be deleted", "restore it there, or name another");
    default:
      return unforeseen("AWS", error);
  }
}
