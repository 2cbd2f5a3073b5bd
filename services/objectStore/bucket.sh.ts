import { accessKey, type Key, type KeyOf } from "./keys.ts";

/** Where and under which name a bucket has to be. */
export interface Bucket {
  endpoint: string;
  bucket: string;
  versioning: boolean;
}

/**
 * A curl configuration that signs every request, so that no key shows in a list of processes.
 * Keys are letters, digits and hyphens, see GeneratedSecret.
 */
export function curlConf({ key, secret }: Key): string {
  return `user = "${key}:${secret}"\naws-sigv4 = "aws:amz:us-east-1:s3"\n`;
}

/**
 * Brings the store's keys and its bucket to the wanted state, as a POSIX `sh` script for any image with `base64` and curl
 * 8.3 or newer: it makes the bucket unless it is there, sets versioning, and sees that it takes an object and shows
 * nothing to strangers. `folder` has `root.conf`, `former-root-1.conf` and so on, `user.conf` and `user.zip.base64`.
 *
 * MinIO reads its administrator's key from a file at its start. While it goes by a former one it is told to start anew
 * within its container, which takes a fraction of a second and lets answers that it is giving end before. Users it takes
 * at any time, but for the first moments after a start. Another server that speaks S3 has no such administration, and
 * has to know the user's key by itself.
 */
export function bucketScript({ endpoint, bucket, versioning }: Bucket, folder: string): string {
  const state = versioning ? "Enabled" : "Suspended";
  return `${head(bucket, folder)}
end=$(($(date +%s) + 90))
for each in ${folder}/former-root-*.conf; do
  [ -e "$each" ] || continue
  former=\${each##*/}
  former=\${former%.conf}
  [ "$(status root ${endpoint}/)" != 200 ] || break
  [ "$(status "$former" ${endpoint}/)" = 200 ] || continue
  say "starts the store anew in its place, for the administrator's new key"
  status "$former" -X POST '${endpoint}${administration}/service?action=restart' >/dev/null || true
  until code=$(once root ${endpoint}/) && [ "$code" = 200 ]; do
    [ "$(date +%s)" -lt "$end" ] || refused "must take the administrator's new key within 90 s" "$code"
    sleep 0.2
  done
  break
done

base=${endpoint}/${bucket}
base64 -d ${folder}/user.zip.base64 >/tmp/user.zip
taken() {
  import=$(once root -X PUT --data-binary @/tmp/user.zip '${endpoint}${administration}/import-iam') || true
  code=$(once user -X PUT "$base") || true
  case $code in 200 | 409) ;; *) return 1 ;; esac
}
until taken; do
  [ "$(date +%s)" -lt "$end" ] ||
    refused "must be MinIO, which takes a user, or a server that knows access_key and secret_key by itself: its administration answers $import; the bucket must be made" "$code"
  sleep 1
done
[ "$import" = 200 ] || say "the server isn't MinIO (its administration answers $import), and knows the key by itself"
case $code in
200) say made ;;
*) grep -q BucketAlreadyOwnedByYou /tmp/answer || refused "must be ours" "$code"; say "was there" ;;
esac

printf '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>${state}</Status></VersioningConfiguration>' >/tmp/versioning.xml
code=$(status user -X PUT --data-binary @/tmp/versioning.xml -H 'content-type: application/xml' "$base?versioning=")
[ "$code" = 200 ] || refused "must take versioning ${state}" "$code"
code=$(status user "$base?versioning=")
grep -q '<Status>${state}</Status>' /tmp/answer || refused "must say versioning ${state}" "$code"

code=$(status user -X PUT --data-binary ok "$base/.berth")
[ "$code" = 200 ] || refused "must take an object" "$code"
code=$(curl -sS -m 10 -o /tmp/answer -w '%{http_code}' "$base/.berth")
case $code in 401 | 403) ;; *) refused "must refuse strangers" "$code" ;; esac
say "versioning ${state}, closed to strangers"
`;
}

/**
 * Has each former key refused so many seconds after this first ran, by a policy of its own that ends then: containers
 * that hold it may still be stopping, and sign each request by it. A key whose end is past goes. Needs `date` that reads
 * `-d @SECONDS`, as GNU's and busybox's do.
 */
export function retireScript(
  { endpoint, bucket }: Pick<Bucket, "endpoint" | "bucket">,
  { user, counter }: KeyOf,
  seconds: number,
  folder: string,
): string {
  const former = Array.from({ length: counter - 1 }, (_, index) => accessKey({ user, counter: index + 1 }));
  return `${head(bucket, folder)}
administration() { status root -X "$1" '${endpoint}${administration}/'"$2" ; }
must() { case $2 in 200 | $3) ;; *) refused "$1" "$2" ;; esac; }
number() { tr -d ':TZ-'; }
until=$(date -u -d "@$(($(date +%s) + ${seconds}))" +%Y-%m-%dT%H:%M:%SZ)
printf '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*"],"Resource":["arn:aws:s3:::*"],"Condition":{"DateLessThan":{"aws:CurrentTime":"%s"}}}]}' "$until" >/tmp/policy
code=$(administration GET groups)
if [ "$code" != 200 ] && [ "$(status user ${endpoint}/)" = 200 ]; then
  say "the server isn't MinIO (its administration answers $code): have it refuse the former key by its own means"
  exit 0
fi
for each in ${former.join(" ")}; do
  policy=$each-until
  code=$(administration GET "info-canned-policy?name=$policy")
  must "must say whether $each is refused" "$code" 404
  if [ "$code" = 200 ]; then
    kept=$(grep -o '20[0-9-]*T[0-9:]*Z' /tmp/answer | head -n 1)
    if [ "$(echo "$kept" | number)" -lt "$(date -u +%Y%m%d%H%M%S)" ]; then
      must "must remove $each" "$(administration DELETE "remove-user?accessKey=$each")" 404
      must "must remove the policy of $each" "$(administration DELETE "remove-canned-policy?name=$policy")" 404
      say "$each is gone"
      continue
    fi
  else
    kept=$until
    code=$(status root -X PUT --data-binary @/tmp/policy "${endpoint}${administration}/add-canned-policy?name=$policy")
    must "must take a policy that ends" "$code" 200
  fi
  code=$(administration PUT "set-user-or-group-policy?isGroup=false&policyName=$policy&userOrGroup=$each")
  must "must refuse $each from $kept" "$code" 404
  if [ "$code" = 200 ]; then
    say "$each is refused from $kept"
  else
    must "must remove the policy of $each" "$(administration DELETE "remove-canned-policy?name=$policy")" 404
  fi
done
`;
}

/** https://github.com/minio/minio/blob/RELEASE.2025-09-07T16-13-09Z/cmd/admin-router.go */
const administration = "/minio/admin/v3";

/** `status FILE WORDS`: what the server answers to a request that this file's key signs, asked again where it isn't up yet. */
function head(bucket: string, folder: string): string {
  return `set -eu
say() { echo "bucket ${bucket}: $*" >&2; }
once() { file=$1; shift; curl -sS -m 10 -K ${folder}/$file.conf -o /tmp/answer -w '%{http_code}' "$@"; }
status() { once "$@" --retry 5 --retry-connrefused --retry-delay 1; }
refused() { say "$1, got $2: $(head -c 300 /tmp/answer | tr '\\n' ' ')"; exit 1; }
`;
}
