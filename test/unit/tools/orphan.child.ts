import { endWithParent } from "../../tools/orphan.ts";

// What stands for a live test's process: it is busy, and says how it ends.
if (process.argv[2] === "ends") endWithParent();
process.on("message", () => undefined);
process.once("SIGTERM", () => {
  console.log("ended by SIGTERM");
  process.exit();
});
setTimeout(
  () => {
    console.log("ended by itself");
    process.exit();
  },
  process.argv[2] === "ends" ? 50_000 : 2000,
);
console.log("waits");
