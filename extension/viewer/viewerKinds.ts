// Owns which viewer shows which file, by its extension; knows no editor.

/** Formats that the browser decodes itself. */
const PICTURES = new Set(['png', 'jpg', 'jpeg', 'webp', 'gif', 'bmp', 'avif', 'svg', 'ico']);

/** `image`, or `hex` where nothing better is there. */
export function viewerOf(path: string): string {
  const extension = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
  return PICTURES.has(extension) ? 'image' : 'hex';
}
