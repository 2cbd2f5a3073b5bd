/**
 * Ends this process as SIGTERM does once the one that forked it is gone, however that ended: nobody would hear what
 * it finds any more, and meanwhile it would keep the locks and the engines that it holds.
 */
export function endWithParent(): void {
  if (process.send === undefined) return;
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
}
