/** Of the service, of its container and of its data. */
export const certificatesName = "certificates";

/** Where the certificates' volume is in the container that writes it. */
export const dataFolder = "/var/lib/certificates";

/** Below it: the name of the pair that was put last, and where lego writes answers to the CA's questions, twice named. */
export const parts = { current: "current", challenges: "challenges", webroot: "webroot" };

/** Name of the certificate in lego's own storage. */
export const certificateName = "system";

/** Begins the name of a file that holds one of lego's variables. */
export const variableFile = "variable.";

/** Below {@link dataFolder}: one fact a file, for whoever looks. */
export const facts = { alive: "state/alive", failures: "state/failures", reason: "state/reason" };

/** When the certificate that serves ends, in seconds since 1970. */
export const endMetric = "berth_certificate_expiry_timestamp_seconds";

/** 1 while what serves is of the proxy's own signing. */
export const placeholderMetric = "berth_certificate_placeholder";

/** Tries in a row that gave no certificate. */
export const failuresMetric = "berth_certificate_failures";

/** Why the CA gave none the last time; empty where it did. */
export const reasonFile = `${dataFolder}/${facts.reason}`;
