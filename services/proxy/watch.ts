import { endMetric, facts, failuresMetric, parts, placeholderMetric } from "../certificates/folders.ts";

/** Where the proxy finds the certificates that were issued, and the answers to the CA's questions. */
export const issuedFolder = "/run/certificates";
export const challengeFolder = `${issuedFolder}/${parts.challenges}`;

/** In each pair's folder: what the pair is called. */
const nameFile = "name";

export interface Watch {
  /** The configuration that nginx runs. */
  live: string;
  /** Folder of the pairs that the proxy took; the link `issued` in it is the one that serves. */
  pairs: string;
  /** Name in the certificate that serves until one is issued. */
  name: string;
  /** Where pairs are fetched from. @default {@link issuedFolder} has them */
  origin?: Origin;
}

/** A proxy that hands over its pair, and the absolute path of the header that it wants to see. */
export interface Origin {
  /** `name:port`. */
  server: string;
  header: string;
}

/** What the proxy knows of the certificate that it serves, for Prometheus. */
export function metricsFile({ pairs }: Pick<Watch, "pairs">): string {
  return `${pairs}/certificate.prom`;
}

/** What a proxy hands to others, in the folder of the pair that serves. */
export function handedFolder({ pairs }: Pick<Watch, "pairs">): string {
  return `${pairs}/issued`;
}

/** The pair that the configuration names. */
export function issuedPair({ pairs }: Pick<Watch, "pairs">): { certificate: string; key: string } {
  return { certificate: `${pairs}/issued/chain.pem`, key: `${pairs}/issued/key.pem` };
}

/** Written into the certificate that serves until one is issued, for whoever looks at it. */
export const placeholderOrganisation = "Berth placeholder";

/**
 * What the proxy's container does before nginx and beside it, as POSIX `sh`: sees that there is a certificate, if only
 * one of its own signing, and takes each new pair. It is copied, so that what serves is whole whatever becomes of the
 * volume, tested by nginx, and taken by a reload, which ends no connection; one that nginx refuses changes nothing.
 */
export function watchScript({ live, pairs, name, origin }: Watch): string {
  const given = origin === undefined ? issuedFolder : `${pairs}/given`;
  const fetched = origin === undefined ? "fetch() { :; }\n" : fetching(origin);
  return `live=${live} pairs=${pairs} given=${given} name=${name}\n${fetched}${body}`;
}

/**
 * Asks another proxy for its pair, and puts a new one where that of the volume would be: whole, under its name. What it
 * says of its own certificate until one is issued is nobody's else.
 */
function fetching({ server, header }: Origin): string {
  return String.raw`ask() { curl -fsS -m 10 -H "@${header}" "http://${server}/$1" 2>/dev/null; }
fetch() {
    named=$(ask ${nameFile}) || return 0
    case $named in '' | *[!0-9A-Za-z.-]*) return 0 ;; esac
    [ ! -e "$given/pairs/$named" ] || return 0
    rm -rf "$given/next"
    mkdir -p "$given/next" "$given/pairs"
    ask chain.pem >"$given/next/chain.pem" && ask key.pem >"$given/next/key.pem" || return 0
    # Both of the same pair: another may have come between.
    [ "$(ask ${nameFile})" = "$named" ] || return 0
    rm -rf "$given"/pairs/*
    mv "$given/next" "$given/pairs/$named"
    echo "pairs/$named" >"$given/${parts.current}.next"
    mv -f "$given/${parts.current}.next" "$given/${parts.current}"
}
`;
}

const body = String.raw`say() { echo "proxy: $*" >&2; }

# Which pair was put last, by its folder below $given.
offered() { newest= && [ -r "$given/${parts.current}" ] && read -r newest <"$given/${parts.current}" && [ -n "$newest" ]; }

serve() {
    rm -f "$pairs/issued.next"
    ln -s "$1" "$pairs/issued.next"
    mv -fT "$pairs/issued.next" "$pairs/issued"
}

# A copy of the pair that was put last, under its own name.
take() {
    rm -rf "$pairs/next"
    mkdir -p "$pairs/next"
    cp "$given/$newest/chain.pem" "$given/$newest/key.pem" "$pairs/next/" || return 1
    rm -rf "$pairs/\${newest##*/}"
    mv "$pairs/next" "$pairs/\${newest##*/}"
}

# When the certificate that serves ends, and what it is called; read once, as it takes processes.
ends() {
    end=$(openssl x509 -noout -enddate -dateopt iso_8601 -in "$pairs/issued/chain.pem" | sed 's/notAfter=//; s/Z$//')
    end=$(date -u -d "$end" +%s)
    own=0
    [ "$(readlink "$pairs/issued")" != placeholder ] || own=1
    [ "$own" = 1 ] || readlink "$pairs/issued" >"$pairs/issued/${nameFile}"
}

measure() {
    failures=0
    [ -r "$given/${facts.failures}" ] && read -r failures <"$given/${facts.failures}"
    {
        echo "${endMetric} $end"
        echo "${placeholderMetric} $own"
        echo "${failuresMetric} $failures"
    } >"$pairs/certificate.next"
    mv -f "$pairs/certificate.next" "$pairs/certificate.prom"
}

told() {
    say "a certificate of $(openssl x509 -noout -issuer -enddate -in "$pairs/issued/chain.pem" | tr '\n' ' ')serves"
}

placeholder() {
    mkdir -p "$pairs/placeholder"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
        -subj "/O=${placeholderOrganisation}/CN=$name" -addext "subjectAltName=DNS:$name" \
        -keyout "$pairs/placeholder/key.pem" -out "$pairs/placeholder/chain.pem" 2>/dev/null
    serve placeholder
}

renewed() {
    take || { say "the new certificate can't be read or copied, the old one serves"; return 1; }
    before=$(readlink "$pairs/issued")
    serve "\${newest##*/}"
    if nginx -e stderr -t -q -c "$live"; then
        kill -HUP "$(cat /tmp/nginx.pid)"
        told
        ends
        [ "$before" = "\${newest##*/}" ] || rm -rf "$pairs/$before"
    else
        serve "$before"
        say "the new certificate was refused by nginx, the old one serves"
        return 1
    fi
}

umask 077
mkdir -p "$pairs"
seen=
if [ ! -e "$pairs/issued/chain.pem" ]; then
    if offered && take; then serve "\${newest##*/}"; else placeholder; fi
fi
[ -L "$pairs/issued" ] && seen=pairs/$(readlink "$pairs/issued")
ends
measure
(
    count=0 tried= rest=0
    while sleep 2; do
        # nginx hears no signal before, and has read the pair that was there.
        [ -s /tmp/nginx.pid ] || continue
        count=$((count + 1))
        # Every ten seconds until there is one, then every minute.
        [ $((count % (own ? 5 : 30))) -ne 1 ] || fetch
        [ "$rest" -eq 0 ] || rest=$((rest - 1))
        if offered && [ "$newest" != "$seen" ]; then
            [ "$newest" = "$tried" ] || { tried=$newest rest=0 pause=15; }
            if [ "$rest" -eq 0 ]; then
                # Tried again after half a minute, then after twice as long each time, an hour at most.
                if renewed; then seen=$newest; else rest=$pause pause=$((pause * 2)); fi
                [ "$pause" -le 1800 ] || pause=1800
                count=0
            fi
        fi
        [ $((count % 15)) -ne 0 ] || measure
    done
) &
umask 022
`.replaceAll("\\$", "$");
