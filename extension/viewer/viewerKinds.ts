// Owns which viewer shows which file, by its extension; knows no editor.

/** The viewers of extension/webview/main.ts, and the extensions that each shows. */
const VIEWERS: Record<string, readonly string[]> = {
  audio: ['wav', 'ogg', 'oga', 'opus', 'mp3', 'flac'],
  image: [
    ...['png', 'jpg', 'jpeg', 'webp', 'gif', 'bmp', 'avif', 'svg', 'ico'],
    ...['dib', 'tga', 'vda', 'icb', 'vst', 'exr', 'hdr', 'dds', 'ktx2', 'psd', 'psb'],
  ],
  model: ['glb', 'gltf'],
  paint: ['kra', 'krz', 'ora', 'blend', 'clip'],
  unreal: ['uasset', 'umap'],
  video: ['mp4', 'm4v', 'mov', 'webm', 'mkv', 'ogv'],
};

const BY_EXTENSION = new Map(
  Object.entries(VIEWERS).flatMap(([viewer, extensions]) => extensions.map((one) => [one, viewer] as const)),
);

/** `hex` where nothing better is there. */
export function viewerOf(path: string): string {
  const extension = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
  return BY_EXTENSION.get(extension) ?? 'hex';
}

/** Viewers that read ranges and ask the server, so that no version has to be restored for them. */
const WITHOUT_FILE = new Set(['hex', 'paint', 'unreal']);

/** Whether the page that shows the file has to fetch all of it. */
export function needsFile(path: string): boolean {
  return !WITHOUT_FILE.has(viewerOf(path));
}
