import * as pulumi from "@pulumi/pulumi";

/**
 * `value`, once the resources have been made. A preview knows it although a resource isn't there yet, which it would
 * not if it came through the resource's id: so whoever uses it isn't shown as changing when only the resource does.
 */
export function known<T>(value: pulumi.Input<T>, ...made: pulumi.Resource[]): pulumi.Output<T> {
  return pulumi.all([pulumi.output(value), pulumi.all(made.map(({ urn }) => urn))]).apply(([it]) => it as T);
}
