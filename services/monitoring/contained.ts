import * as pulumi from "@pulumi/pulumi";

/** A container of a service as the engine knows it; `id` is its full id. */
export interface Contained {
  service: string;
  container: string;
  id: string;
}

/** The containers of a service by their names and ids, which are in the same order. */
export function contained(
  service: string,
  names: pulumi.Output<string[]>,
  ids: pulumi.Output<string[]>,
): pulumi.Output<Contained[]> {
  return pulumi.all([names, ids]).apply(([found, known]) =>
    found.flatMap((container, index) => {
      const id = known[index];
      // What a swarm runs comes and goes by itself.
      return id === undefined ? [] : [{ service, container, id }];
    }),
  );
}

/** The one container of a service. */
export function containedOne(
  service: string,
  container: { name: pulumi.Output<string>; id: pulumi.Output<string> },
): pulumi.Output<Contained[]> {
  return contained(
    service,
    container.name.apply((name) => [name]),
    container.id.apply((id) => [id]),
  );
}
