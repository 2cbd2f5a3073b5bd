export const cache: string;

/** @param entry of the checkout, by its path below the root. @throws when it doesn't compile */
export function compiled(entry?: string): Promise<{ file: string; sources: string | undefined }>;

export function beside(): string[];
