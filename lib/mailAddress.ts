/**
 * Whether a text is a mailbox at a host, as mail servers and CAs take it unquoted: RFC 5322's dot-atom before the @
 * (https://www.rfc-editor.org/rfc/rfc5322#section-3.2.3), in letters of any script, and a host's name behind it.
 */
export function isMailAddress(value: unknown): value is string {
  return (
    typeof value === "string" &&
    /^[^\s\p{C}@.,:;<>()[\]\\"]+(?:\.[^\s\p{C}@.,:;<>()[\]\\"]+)*@[\p{L}\p{M}\p{N}_]+(?:(?:-+|\.)[\p{L}\p{M}\p{N}_]+)*$/u.test(
      value,
    )
  );
}
