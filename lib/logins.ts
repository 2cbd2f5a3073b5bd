/** What settings say to log in with: registry → user and password. They are never shown to any other registry. */
export type GivenLogins = Readonly<Record<string, { username: string; password: string }>>;
