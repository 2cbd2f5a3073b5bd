import assert from "node:assert/strict";
import { afterEach, test, vi } from "vitest";
import { readAws } from "../../../stack/stores/aws.ts";
import { readGoogle } from "../../../stack/stores/google.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

const soon = () => AbortSignal.timeout(10_000);

/** What a reader says of a secret that it can't have. */
async function refusal(read: Promise<string>): Promise<string> {
  return await read.then(
    () => "a value",
    (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error)),
  );
}

test.each([
  ["secretmanager.internal", "secretmanager.internal"],
  ["localhost:8080", "localhost:8080"],
  ["//localhost:8080/", "//localhost:8080/"],
  ["ftp://localhost/", "ftp://localhost/"],
  ["user:word@secretmanager.internal", "secretmanager.internal"],
])("an endpoint of Google's that is no URL, %s, is named with what to write", async (given, shown) => {
  const variable = "CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER";
  vi.stubEnv(variable, given);
  assert.equal(
    await refusal(readGoogle({ store: "google", name: "stripe", project: "my-project-1" }, soon())),
    `Unreadable: "${shown}" in ${variable}; write a URL there such as https://secretmanager.googleapis.com/, or unset it`,
  );
});

test.each(["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SECRETS_MANAGER"])(
  "an endpoint of Amazon's that is no URL, in %s, is named with what to write",
  async (variable) => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "example");
    for (const given of ["secrets.internal", "localhost:4566"]) {
      vi.stubEnv(variable, given);
      assert.equal(
        await refusal(readAws({ store: "aws", name: "stripe", region: "eu-central-1" }, soon())),
        `Unreadable: "${given}" in ${variable}; write a URL there such as https://secretsmanager.eu-central-1.amazonaws.com, or unset it`,
      );
    }
  },
);
