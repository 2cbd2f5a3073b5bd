/**
 * Options of Node.js for a process that lives for seconds and makes much that is soon let go of, as Pulumi's SDK does:
 * with a young generation of its default 16 MB a fifth of the time of the program's tests went into collecting it, and
 * more on threads beside the one that works.
 */
export const quickNode: readonly string[] = ["--max-semi-space-size=128", "--single-threaded-gc"];
