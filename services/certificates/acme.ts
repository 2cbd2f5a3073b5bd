/** How certificates are come by: from which CA, and who asks. Checked. */
export interface Acme {
  /** URL of its directory. */
  ca: string;
  email?: string;
  eab?: { kid: string; hmac: string };
  /** PEM text of the root that the directory's own certificate is under. @default public roots */
  caCertificate?: string;
  /** Answer the CA's questions in the DNS, and not over HTTP. @default over HTTP */
  dns?: DnsAnswers;
}

/** Where the DNS is, as lego names it, and the variables that it logs in with. */
export interface DnsAnswers {
  provider: string;
  credentials: Readonly<Record<string, string>>;
}
