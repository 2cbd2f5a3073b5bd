/** Line drawings, 24 units square, placed at the left of a box. */
const paths: Record<string, string> = {
  browser: "M3 5h18v14H3z M3 9h18 M6 7h.01 M9 7h.01",
  proxy: "M12 3v18 M4 7h6 M4 17h6 M14 7h6 M14 12h6 M14 17h6 M4 12h6",
  service: "M12 3l8 4.500v9L12 21l-8-4.500v-9z M12 12l8-4.500 M12 12v9 M12 12L4 7.500",
  http: "M12 3l8 4.500v9L12 21l-8-4.500v-9z M12 12l8-4.500 M12 12v9 M12 12L4 7.500",
  postgres: "M4 6c0-4 16-4 16 0v12c0 4-16 4-16 0z M4 6c0 4 16 4 16 0 M4 12c0 4 16 4 16 0",
  redis: "M13 3L5 14h6l-1 7 8-11h-6z",
  queue: "M3 7h5v10H3z M10 7h5v10h-5z M17 7h4v10h-4z",
};

export function Icon({ kind }: { kind: string }) {
  return <path className="icon" transform="translate(11 19)" d={paths[kind] ?? "M4 4h16v16H4z"} />;
}
