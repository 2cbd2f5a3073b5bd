/** Goes before a shell script, and kills it instead of moving a file for the nth time. */
export function killedAtMove(count: number): string {
  return `left=${count}
mv() {
  left=$((left - 1))
  [ $left -gt 0 ] || kill -9 $$
  command mv "$@"
}
`;
}
