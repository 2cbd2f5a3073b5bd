export function loadClosuresLate(): void;
