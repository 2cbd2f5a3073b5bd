/** A role and which of its logins is in use: the first is the role itself, each later one a member of it. */
export interface Login {
  role: string;
  /** How often its password was rotated, and one. */
  counter: number;
}

/** The name by which an application logs in. */
export function loginName({ role, counter }: Login): string {
  return counter === 1 ? role : `${role}_${counter}`;
}

/** The comment on each later login of a role, by which we know our own. */
export function loginMark(role: string): string {
  return `a login of ${role}, made by Berth`;
}
