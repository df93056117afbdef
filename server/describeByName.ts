// Owns what the editor tells of a file's kind without looking into it: by its extension.
import { extname } from 'node:path';
import type { Description } from '../core/protocol/files.ts';

const KINDS: Record<string, string[]> = {
  image: [
    'png',
    'jpg',
    'jpeg',
    'webp',
    'gif',
    'bmp',
    'tga',
    'exr',
    'hdr',
    'dds',
    'tif',
    'tiff',
    'svg',
    'ico',
  ],
  paint: ['psd', 'psb', 'kra', 'clip', 'ora', 'xcf'],
  unreal: ['uasset', 'umap'],
  audio: ['wav', 'ogg', 'mp3', 'flac', 'aif', 'aiff', 'opus'],
  video: ['mp4', 'webm', 'mov', 'mkv', 'avi'],
  model: ['glb', 'gltf', 'fbx', 'obj', 'blend', 'usd', 'usda', 'usdc', 'usdz', 'b3d', 'spm'],
};
const KIND_OF = new Map(
  Object.entries(KINDS).flatMap(([kind, names]) => names.map((name) => [name, kind] as const)),
);

/** A description of what the name tells; `stored` as Forge stores it. */
export function describeByName(path: string, stored: 'asset' | 'text'): Description {
  const extension = extname(path).slice(1).toLowerCase();
  const kind = KIND_OF.get(extension) ?? (stored === 'text' ? 'text' : 'binary');
  return { kind, format: extension.toUpperCase(), details: [] };
}
