/** Why a secret of what a vendor runs for a service can't be given another value. */
export function vendorLogin(name: string): string {
  return `the vendor runs ${name} with one login, and another value would be refused to all who have this one`;
}
