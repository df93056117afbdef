// Owns which file extensions are assets to the language features, and what people call such a file.
import * as l10n from '@vscode/l10n';

/** Asked for each time: the language is known only once an editor is there. */
const KINDS: Record<string, () => string> = {
  png: () => l10n.t('{0} image', 'PNG'),
  jpg: () => l10n.t('{0} image', 'JPEG'),
  jpeg: () => l10n.t('{0} image', 'JPEG'),
  webp: () => l10n.t('{0} image', 'WebP'),
  gif: () => l10n.t('{0} image', 'GIF'),
  bmp: () => l10n.t('{0} image', 'BMP'),
  tga: () => l10n.t('{0} image', 'Targa'),
  tif: () => l10n.t('{0} image', 'TIFF'),
  tiff: () => l10n.t('{0} image', 'TIFF'),
  exr: () => l10n.t('{0} image', 'OpenEXR'),
  hdr: () => l10n.t('{0} image', 'Radiance'),
  dds: () => l10n.t('DirectDraw texture'),
  ktx2: () => l10n.t('KTX texture'),
  psb: () => l10n.t('{0} document', 'Photoshop'),
  psd: () => l10n.t('{0} document', 'Photoshop'),
  kra: () => l10n.t('{0} document', 'Krita'),
  krz: () => l10n.t('{0} document', 'Krita'),
  ora: () => l10n.t('{0} document', 'OpenRaster'),
  clip: () => l10n.t('{0} document', 'Clip Studio'),
  uasset: () => l10n.t('Unreal package'),
  umap: () => l10n.t('Unreal map'),
  wav: () => l10n.t('{0} audio', 'WAVE'),
  ogg: () => l10n.t('{0} audio', 'Ogg'),
  oga: () => l10n.t('{0} audio', 'Ogg'),
  opus: () => l10n.t('{0} audio', 'Opus'),
  mp3: () => l10n.t('{0} audio', 'MP3'),
  flac: () => l10n.t('{0} audio', 'FLAC'),
  mp4: () => l10n.t('{0} video', 'MPEG-4'),
  m4v: () => l10n.t('{0} video', 'MPEG-4'),
  webm: () => l10n.t('{0} video', 'WebM'),
  mkv: () => l10n.t('{0} video', 'Matroska'),
  ogv: () => l10n.t('{0} video', 'Ogg'),
  mov: () => l10n.t('{0} video', 'QuickTime'),
  glb: () => l10n.t('{0} model', 'glTF'),
  gltf: () => l10n.t('{0} model', 'glTF'),
  blend: () => l10n.t('Blender file'),
  fbx: () => l10n.t('{0} model', 'FBX'),
  obj: () => l10n.t('{0} model', 'Wavefront'),
  usd: () => l10n.t('{0} scene', 'USD'),
  usda: () => l10n.t('{0} scene', 'USD'),
  usdc: () => l10n.t('{0} scene', 'USD'),
  usdz: () => l10n.t('{0} scene', 'USD'),
  abc: () => l10n.t('Alembic cache'),
  bin: () => l10n.t('binary data'),
};

/** Extensions in lower case, without the dot. */
export const ASSET_EXTENSIONS = Object.keys(KINDS);

/** Those of which a picture is expected, and somebody can decode. */
const PICTURES = new Set(
  'png jpg jpeg webp gif bmp tga exr hdr dds ktx2 psd psb kra krz ora clip'.split(' '),
);

/** What people call the file, by its extension; undefined when the extension is no asset's. */
export function kindOf(path: string): string | undefined {
  return KINDS[extensionOf(path)]?.();
}

/** Whether the file should show a picture, by its extension. */
export function isPicture(path: string): boolean {
  return PICTURES.has(extensionOf(path));
}

/** In lower case, without the dot; '' where there is none. */
export function extensionOf(path: string): string {
  const dot = path.lastIndexOf('.');
  return dot < 0 ? '' : path.slice(dot + 1).toLowerCase();
}

/** Packages that an Unreal path can mean, in the order to try. */
export const UNREAL_EXTENSIONS = ['.uasset', '.umap'];
