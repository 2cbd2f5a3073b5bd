/**
 * Keys only, and room for all that Pulumi starts at once: with the defaults of MaxStartups (10:30:100) and MaxSessions
 * (10) a run with parallelism 32 is refused connections. https://man.openbsd.org/sshd_config
 */
export const sshdSettings = [
  "PasswordAuthentication no",
  "KbdInteractiveAuthentication no",
  "PermitRootLogin prohibit-password",
  "MaxStartups 200",
  "MaxSessions 100",
].join("\n");
