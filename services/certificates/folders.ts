/** Of the service, of its container and of its data. */
export const certificatesName = "certificates";

/** Where the certificates' volume is in the container that writes it. */
export const dataFolder = "/var/lib/certificates";

/** Below it: the name of the pair that was put last, and where lego writes answers to the CA's questions, twice named. */
export const parts = { current: "current", challenges: "challenges", webroot: "webroot" };

/** Name of the certificate in lego's own storage. */
export const certificateName = "system";

/** Why the CA gave none the last time; empty where it did. */
export const reasonFile = `${dataFolder}/state/reason`;
