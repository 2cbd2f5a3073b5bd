/** How certificates are come by: from which CA, and who asks. Checked. */
export interface Acme {
  /** URL of its directory. */
  ca: string;
  email?: string;
  eab?: { kid: string; hmac: string };
  /** PEM text of the root that the directory's own certificate is under. @default public roots */
  caCertificate?: string;
}
