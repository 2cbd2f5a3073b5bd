/** Words for a variable that isn't there: of shells, Python, Node.js, Go, Rust, Java, and what reads settings for them. */
const absent =
  /required|missing|not (?:be )?(?:set|found|defined|present|provided|given|configured)|n['’]t (?:set|found|defined)|unset|undefined|unbound|must (?:be|set)|\bset the\b|KeyError|resolve placeholder|empty|no value/i;

/**
 * The variable that a log says isn't there, of those that are handed over as files alone. Some readers of settings name
 * it on one line, in small letters, and what is wrong on the next.
 */
export function missedVariable(log: readonly string[], handedAsFiles: readonly string[]): string | undefined {
  const lines = log.toReversed();
  return handedAsFiles.find((name) => {
    const named = new RegExp(`(?<![\\w/])${name}(?![\\w/])`, "i");
    return lines.some((line, index) => {
      if (!named.test(line)) return false;
      return (
        absent.test(line) || (line.trim().length <= name.length + 2 && absent.test(lines[index - 1] ?? ""))
      );
    });
  });
}

/** Names of a container's variables whose values it finds in files and nowhere else. */
export function handedAsFiles(variables: readonly string[]): string[] {
  const names = new Set(variables.map((variable) => variable.replace(/=.*/s, "")));
  return [...names]
    .filter((name) => name.endsWith("_FILE"))
    .map((name) => name.slice(0, -"_FILE".length))
    .filter((name) => !names.has(name));
}
