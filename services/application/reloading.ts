/** A command that starts anew whenever a Python file of its folder changes, for servers that can't reload themselves. */
export function reloading(command: readonly string[]): string[] {
  return ["sh", "-c", script, "sh", ...command];
}

const script = `
stamp=/tmp/reloading
stop() { kill -TERM "$pid" 2>/dev/null; wait "$pid"; exit 0; }
trap stop TERM INT
while :; do
    touch $stamp
    "$@" & pid=$!
    while kill -0 "$pid" 2>/dev/null && [ -z "$(find . -name '*.py' -newer $stamp -print -quit)" ]; do sleep 1 & wait $!; done
    echo "reloading" >&2
    kill -TERM "$pid" 2>/dev/null
    wait "$pid"
done
`;
