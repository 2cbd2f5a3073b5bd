/** An image's own `/etc/passwd` and `/etc/group`; empty where it has none. */
export interface Accounts {
  passwd: string;
  group: string;
}

/**
 * `uid:gid` of what USER says, found as Docker finds it (moby/sys user/user.go, GetExecUser): a user without a group
 * has the one of its account, else group 0. Nothing for a name that has no account.
 */
export function userNumbers(user: string, { passwd, group }: Accounts): string | undefined {
  const [name = "", groupName] = user.split(":", 2);
  const isNumber = /^\d+$/.test(name);
  const account = linesIn(passwd).find(([own, , uid]) => own === name || (isNumber && uid === name));
  const uid = account?.[2] ?? (isNumber ? name : name === "" ? "0" : undefined);
  const gid =
    groupName === undefined || groupName === "" ? (account?.[3] ?? "0") : groupNumber(groupName, group);
  return uid === undefined || gid === undefined ? undefined : `${Number(uid)}:${Number(gid)}`;
}

/** What can be said of a user without the image's accounts: nothing of a name. */
export function plainNumbers(user: string): string | undefined {
  if (user === "" || /^root(?::|$)/.test(user)) return "0:0";
  const [, uid, gid] = /^(\d+)(?::(\d+))?$/.exec(user) ?? [];
  // Most images make a group of the same number for their user.
  return uid === undefined ? undefined : `${Number(uid)}:${Number(gid ?? uid)}`;
}

function groupNumber(name: string, group: string): string | undefined {
  if (/^\d+$/.test(name)) return name;
  return linesIn(group).find(([own]) => own === name)?.[2];
}

function linesIn(text: string): string[][] {
  return text.split("\n").map((line) => line.trim().split(":"));
}
