/** Where and under which name a bucket has to be. */
export interface Bucket {
  endpoint: string;
  bucket: string;
  versioning: boolean;
}

/**
 * A curl configuration that signs every request, so that no key shows in a list of processes.
 * Keys are letters and digits, see GeneratedSecret.
 */
export function curlConf({ key, secret }: { key: string; secret: string }): string {
  return `user = "${key}:${secret}"\naws-sigv4 = "aws:amz:us-east-1:s3"\n`;
}

/**
 * Brings a bucket to the wanted state, as a POSIX `sh` script for any image with curl 8.3 or newer and any server that
 * speaks S3: makes it unless it is there, sets versioning, and sees that it takes an object and shows nothing to
 * strangers.
 */
export function bucketScript({ endpoint, bucket, versioning }: Bucket, conf: string): string {
  const state = versioning ? "Enabled" : "Suspended";
  return `set -eu
say() { echo "bucket ${bucket}: $*" >&2; }
ask() { curl -sS -m 10 --retry 5 --retry-connrefused --retry-delay 1 -K ${conf} "$@"; }
status() { ask -o /tmp/answer -w '%{http_code}' "$@"; }
refused() { say "$1, got $2: $(head -c 300 /tmp/answer | tr '\\n' ' ')"; exit 1; }
base=${endpoint}/${bucket}

code=$(status -X PUT "$base")
case $code in
200) say made ;;
409) grep -q BucketAlreadyOwnedByYou /tmp/answer || refused "must be ours" "$code"; say "was there" ;;
*) refused "must be made" "$code" ;;
esac

printf '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>${state}</Status></VersioningConfiguration>' >/tmp/versioning.xml
code=$(status -X PUT --data-binary @/tmp/versioning.xml -H 'content-type: application/xml' "$base?versioning=")
[ "$code" = 200 ] || refused "must take versioning ${state}" "$code"
code=$(status "$base?versioning=")
grep -q '<Status>${state}</Status>' /tmp/answer || refused "must say versioning ${state}" "$code"

code=$(status -X PUT --data-binary ok "$base/.berth")
[ "$code" = 200 ] || refused "must take an object" "$code"
code=$(curl -sS -m 10 -o /tmp/answer -w '%{http_code}' "$base/.berth")
case $code in 401 | 403) ;; *) refused "must refuse strangers" "$code" ;; esac
say "versioning ${state}, closed to strangers"
`;
}
