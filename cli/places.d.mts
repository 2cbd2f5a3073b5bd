/** Why the compiled program can't be kept, in a line; nothing where it can. */
export function cacheProblem(environment?: NodeJS.ProcessEnv): string | undefined;

/** What keeps a verb from writing, a line for each variable that names no place for it. */
export function placeProblems(environment?: NodeJS.ProcessEnv): string[];
