const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Goes on to the end whatever a person presses: of data that is half restored nobody has anything. */
export async function uninterrupted<T>(work: () => Promise<T>, say: (line: string) => void): Promise<T> {
  const refuse = () => {
    say("it goes on to its end, for what writes stands still until then");
  };
  for (const signal of signals) process.on(signal, refuse);
  try {
    return await work();
  } finally {
    for (const signal of signals) process.off(signal, refuse);
  }
}
