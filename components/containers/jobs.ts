import * as pulumi from "@pulumi/pulumi";

/** The jobs of one program, so that the first to fail ends it. */
export class Jobs {
  readonly #ends: Promise<unknown>[] = [];

  /** `success` is an output that throws when the job has failed. */
  add(success: pulumi.Output<unknown>): void {
    // Settles where an apply alone would not: also when a preview or --target leaves the result unknown.
    this.#ends.push(pulumi.isSecret(success));
  }

  /** Resolves once all are done, and throws what the first failed one says. To be called when all have been made. */
  async succeeded(): Promise<void> {
    await Promise.all(this.#ends).catch((error: unknown) => {
      stopWaiting();
      throw error;
    });
  }
}

/**
 * A resource whose inputs failed never settles its outputs, so what needs these is never registered, and the
 * Automation API waits for it without end, where the engine's own language host sees an idle program and ends it
 * (pulumi/pulumi sdk/nodejs runtime/resource.ts prepareResource, automation/server.ts run, runtime/settings.ts
 * waitForRPCs). Nothing is told to the engine but that the program has failed, so it deletes nothing.
 */
function stopWaiting(): void {
  const { asyncLocalStorage } = globalThis as { asyncLocalStorage?: { getStore(): Store | undefined } };
  const store = asyncLocalStorage?.getStore();
  if (store) store.settings.rpcDone = Promise.resolve();
}

interface Store {
  settings: { rpcDone: Promise<unknown> };
}
