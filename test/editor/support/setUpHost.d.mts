export function hostFolder(): string;
export function hostIsInstalled(): boolean;
export function installHost(log?: (line: string) => void): void;
