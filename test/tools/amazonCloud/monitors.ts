import { action, ec2Answer, listed, type Answer } from "./call.ts";

/** Which machines are watched minute by minute, as EC2 has it and moto doesn't. */
export class Monitors {
  readonly #enabled = new Set<string>();

  readonly answer: Answer = (call) => {
    const name = action(call);
    if (name !== "MonitorInstances" && name !== "UnmonitorInstances") return undefined;
    const state = name === "MonitorInstances" ? "enabled" : "disabled";
    const items = listed(call.form, "InstanceId").map((id) => {
      if (state === "enabled") this.#enabled.add(id);
      else this.#enabled.delete(id);
      return `<item><instanceId>${id}</instanceId><monitoring><state>${state}</state></monitoring></item>`;
    });
    return ec2Answer(name, `<instancesSet>${items.join("")}</instancesSet>`);
  };

  /** An answer about machines, with what is true of each. */
  reply(body: string): string {
    return body.replace(
      /(<instanceId>([^<]+)<\/instanceId>(?:(?!<instanceId>).)*?<monitoring><state>)\w+/gs,
      (found, before: string, id: string) => (this.#enabled.has(id) ? `${before}enabled` : found),
    );
  }
}
