export function wholeModule(areas: Record<string, Record<string, string>>, say: (words: string) => string): string;
