import { join } from "node:path";
import { build } from "../tools/release.ts";

/** Words of Grafana's own that Berth uses, led to the stand-in. */
const dockerfile = `FROM berth/reference-app:1
USER 0
COPY grafana.py /grafana.py
RUN printf '#!/bin/sh\\nexec python /grafana.py reset\\n' >/usr/local/bin/grafana \\
 && printf '#!/bin/sh\\nexec python /grafana.py\\n' >/run.sh \\
 && chmod 755 /usr/local/bin/grafana /run.sh
USER 472
ENTRYPOINT []
`;

/** An image that takes and refuses passwords as Grafana does; `removeReleases` takes it away. */
export function grafanaStandin(): Promise<string> {
  return build("grafana", dockerfile, [join(import.meta.dirname, "grafana.py")]);
}
