// Pulumi loads a pack by requiring it; ours is TypeScript in modules, as the rest of the project.
import { register } from "tsx/esm/api";

register();
// Not awaited: a module that waits can't be required.
void import("./pack.ts");
