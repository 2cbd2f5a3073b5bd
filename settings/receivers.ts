import * as z from "zod";
import { isMailAddress } from "../lib/mailAddress.ts";
import { flag, rule, text } from "../lib/rules.ts";
import { holding, isText, secret } from "../lib/secret.ts";
import { strict } from "../lib/strict.ts";
import { isMap } from "./beside.ts";

/** A URL is often its own password. */
const secretUrl = secret(
  rule(
    'must be a URL such as "https://chat.example.org/hooks/…"',
    (value): value is string =>
      typeof value === "string" && /^https?:\/\/[^/\s]+/.test(value) && URL.canParse(value),
  ),
);

const mailbox = rule('must be an address such as "ops@example.org"', isMailAddress);

const mailboxRule = 'must be an address such as "ops@example.org", or a list of them';
const mailboxes = z.union([mailbox.transform((one) => [one]), z.array(mailbox).min(1, mailboxRule)], {
  error: mailboxRule,
});

const smarthost = rule(
  'must be a mail server and its port, such as "smtp.example.org:587"',
  (value): value is string => typeof value === "string" && /^[^\s:/@]+:\d{1,5}$/.test(value),
);

const email = strict({
  to: mailboxes,
  from: mailbox,
  smarthost,
  username: text.optional(),
  password: secret(text.optional()),
  tls: flag.optional(),
})
  .refine(({ username, password }) => (username === undefined) === (password === undefined), {
    error: "must have username and password, or neither",
  })
  .transform(({ to: recipients, from: sender, ...rest }) => ({ recipients, sender, ...rest }));

/** What Alertmanager sends to (https://prometheus.io/docs/alerting/latest/configuration/#receiver-integration-settings). */
const kinds = [
  ...["discord", "email", "jira", "msteams", "msteamsv2", "opsgenie", "pagerduty", "pushover", "rocketchat"],
  ...["slack", "sns", "telegram", "victorops", "webex", "webhook", "wechat"],
];

/** URLs of Alertmanager's that are their own passwords; others say whom to ask. */
const secretUrls: Readonly<Record<string, string>> = { slack: "api_url", webhook: "url" };

/** Alertmanager's own words for one kind. What has the name of a secret is one, at any depth, and not a file's name. */
function configsOf(kind: string) {
  const isItself = (value: unknown, name: string) =>
    isText(value) &&
    (name === secretUrls[kind] || /(?:webhook_url|key|token|secret|password|credentials)$/.test(name));
  const part = secret(z.unknown(), isItself);
  const parts = [z.record(z.string(), part)];
  holding(part, parts);
  const words = "must be a list of maps, in Alertmanager's own words";
  const list = rule(
    words,
    (value): value is Record<string, unknown>[] =>
      Array.isArray(value) && value.length > 0 && value.every(isMap),
  );
  return holding(secret(list, isItself), parts);
}

/** Where alerts go. */
export const receiverShape = {
  webhook: secretUrl.optional().describe("URL to which alerts are sent, best set with --secret"),
  slack: secretUrl
    .optional()
    .describe("URL of an incoming webhook of Slack, or of what takes the same, best set with --secret"),
  email: email
    .optional()
    .describe(
      "Mail: { to, from, smarthost: smtp.example.org:587, username, password }; `to` may be a list; STARTTLS unless `tls` is false",
    ),
  receivers: strict(
    Object.fromEntries(kinds.map((kind) => [`${kind}_configs`, configsOf(kind).optional()])),
    "must be a map such as { pagerduty_configs: [{ … }] }",
  )
    .optional()
    .describe(
      `Any other way, in Alertmanager's own words: ${kinds.map((kind) => `${kind}_configs`).join(", ")}; best set with --secret`,
    ),
};
