// Names of operating systems as people know them; a new one is shown as it came.

const names: Record<string, string> = { windows: "Windows", macos: "macOS", linux: "Linux" };

export const systemName = (os: string): string => (Object.hasOwn(names, os) ? (names[os] ?? os) : os);
