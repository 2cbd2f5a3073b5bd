import { RunError } from "@pulumi/pulumi/errors.js";

/**
 * An error that a person can do something about: its message names key, value and fix, and is told alone.
 * It has no frames. The Node.js language host formats those of every error that ends a program (cmd/run/run.ts,
 * uncaughtHandler), and a frame such as `node_modules/@pulumi/resource.ts:1598` sends util.inspect of Node.js 20 round
 * without end (markNodeModules), until its string is too long: 20 s and 3 GB before the message appears.
 */
export class PlainError extends RunError {
  constructor(message: string) {
    super(message);
    this.name = "PlainError";
    this.stack = message;
  }
}
