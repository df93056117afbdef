// Owns which file extensions are assets to the language features, and what people call such a file.

const KINDS: Record<string, string> = {
  png: 'PNG image',
  jpg: 'JPEG image',
  jpeg: 'JPEG image',
  webp: 'WebP image',
  gif: 'GIF image',
  bmp: 'BMP image',
  tga: 'Targa image',
  tif: 'TIFF image',
  tiff: 'TIFF image',
  exr: 'OpenEXR image',
  hdr: 'Radiance image',
  dds: 'DirectDraw texture',
  ktx2: 'KTX texture',
  psd: 'Photoshop document',
  kra: 'Krita document',
  clip: 'Clip Studio document',
  uasset: 'Unreal package',
  umap: 'Unreal map',
  wav: 'WAVE audio',
  ogg: 'Ogg audio',
  mp3: 'MP3 audio',
  flac: 'FLAC audio',
  mp4: 'MPEG-4 video',
  webm: 'WebM video',
  mov: 'QuickTime video',
  glb: 'glTF model',
  gltf: 'glTF model',
  blend: 'Blender file',
  fbx: 'FBX model',
  obj: 'Wavefront model',
  usd: 'USD scene',
  usda: 'USD scene',
  usdc: 'USD scene',
  usdz: 'USD scene',
  abc: 'Alembic cache',
  bin: 'binary data',
};

/** Extensions in lower case, without the dot. */
export const ASSET_EXTENSIONS = Object.keys(KINDS);

/** What people call the file, by its extension; undefined when the extension is no asset's. */
export function kindOf(path: string): string | undefined {
  const dot = path.lastIndexOf('.');
  return dot < 0 ? undefined : KINDS[path.slice(dot + 1).toLowerCase()];
}

/** Packages that an Unreal path can mean, in the order to try. */
export const UNREAL_EXTENSIONS = ['.uasset', '.umap'];
