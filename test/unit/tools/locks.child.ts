import { takeLock } from "../../tools/locks.ts";

// Takes the lock that it is given, and with a second word gives it back at once; then it waits for its end.
const [path = "", soon] = process.argv.slice(2);
const giveBack = await takeLock(path);
if (soon !== undefined) await giveBack?.();
process.stdout.write("ready\n");
setInterval(() => undefined, 1_000);
