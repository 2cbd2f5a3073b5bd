import type { MachineLogin } from "../../../lib/logins.ts";
import { awsDomains } from "./partition.ts";
import { parseReference } from "../../../lib/reference.ts";

/** An account's own; what is in public.ecr.aws everybody may read. */
const registry = new RegExp(
  `^\\d{12}\\.dkr\\.ecr(?:-fips)?\\.[a-z0-9-]+\\.(?:${awsDomains.map((domain) => domain.replaceAll(".", "\\.")).join("|")})$`,
);

/** The settings of https://github.com/awslabs/amazon-ecr-credential-helper#configuration, so that no token stays. */
const nothingKept = 'HOME="$login" AWS_ECR_CACHE_DIR="$login/ecr" AWS_ECR_DISABLE_CACHE=true';

/**
 * A token that AWS gives for the machine's role, by the credential helper of Debian and Ubuntu. It is installed when it
 * is first needed, as a machine that runs may have been made before its images were named.
 */
export const ecrLogin: MachineLogin = {
  reads: (image) => registry.test(parseReference(image).registry),
  script: [
    "helper=docker-credential-ecr-login",
    "install='apt-get -qq -o DPkg::Lock::Timeout=120 -y --no-install-recommends install amazon-ecr-credential-helper'",
    'root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }',
    'if ! command -v "$helper" >/dev/null; then',
    '  root sh -c "export DEBIAN_FRONTEND=noninteractive; $install || { apt-get -qq update && $install; }" >"$login/apt" 2>&1 ||',
    '    { cat "$login/apt" >&2; return 1; }',
    "fi",
    `printf '%s' "$1" | ${nothingKept} "$helper" get`,
  ].join("\n"),
  remedy: "aws ecr set-repository-policy lets its role read another account's, see docs/hosts/ec2.md",
};
