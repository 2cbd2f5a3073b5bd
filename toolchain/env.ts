/** A variable's value; one that is set to nothing counts as not set, as the tools that own them have it. */
export function given(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const value = env[name];
  return value === "" ? undefined : value;
}
