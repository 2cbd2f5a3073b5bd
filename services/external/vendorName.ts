/** What a vendor calls that which it runs for a service: no vendor takes the `_` that a service's name may have. */
export function vendorName(service: string): string {
  return service.replaceAll("_", "-");
}
