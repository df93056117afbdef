// Owns which viewer shows which file, by its extension; knows no editor.

/** The viewers of extension/webview/main.ts, and the extensions that each shows. */
const VIEWERS: Record<string, readonly string[]> = {
  image: ['png', 'jpg', 'jpeg', 'webp', 'gif', 'bmp', 'avif', 'svg', 'ico'],
};

const BY_EXTENSION = new Map(
  Object.entries(VIEWERS).flatMap(([viewer, extensions]) => extensions.map((one) => [one, viewer] as const)),
);

/** `hex` where nothing better is there. */
export function viewerOf(path: string): string {
  const extension = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
  return BY_EXTENSION.get(extension) ?? 'hex';
}
