import { endMetric, facts, failuresMetric, parts, placeholderMetric } from "../certificates/folders.ts";

/** Where the proxy finds the certificates that were issued, and the answers to the CA's questions. */
export const issuedFolder = "/run/certificates";
export const challengeFolder = `${issuedFolder}/${parts.challenges}`;

export interface Watch {
  /** The configuration that nginx runs. */
  live: string;
  /** Folder of the pairs that the proxy took; the link `issued` in it is the one that serves. */
  pairs: string;
  /** Name in the certificate that serves until one is issued. */
  name: string;
}

/** What the proxy knows of the certificate that it serves, for Prometheus. */
export function metricsFile({ pairs }: Pick<Watch, "pairs">): string {
  return `${pairs}/certificate.prom`;
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
export function watchScript({ live, pairs, name }: Watch): string {
  return `live=${live} pairs=${pairs} given=${issuedFolder} name=${name}\n${body}`;
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

# When the certificate that serves ends; read once, as it takes a process.
ends() {
    end=$(openssl x509 -noout -enddate -dateopt iso_8601 -in "$pairs/issued/chain.pem" | sed 's/notAfter=//; s/Z$//')
    end=$(date -u -d "$end" +%s)
    own=0
    [ "$(readlink "$pairs/issued")" != placeholder ] || own=1
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
