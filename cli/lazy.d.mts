export function loadLate(): void;
