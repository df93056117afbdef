// Owns what a viewer may ask beyond bytes, and what is answered: by the extension, mostly from the server. Types alone.
import type { PackageAnswer } from '../../core/protocol/packages.ts';

/** A picture that a file carries of itself. */
export interface PictureInFile {
  /** Tells several of one file apart, e.g. `Blueprint`. */
  name: string;
  /** Can be fetched by the webview; ends in `.png` or `.jpg`, before its query. */
  url: string;
  /** Bytes. */
  size: number;
}

export interface Questions {
  /** The tables of the Unreal packages that are shown. */
  package: { about: Record<string, never>; answer: PackageAnswer };
  /** Pictures in the file of a side, the best first; null where the file is not there. */
  pictures: { about: { side: number }; answer: { pictures: PictureInFile[]; problem?: string } | null };
  /** What the newer version has that the older lacks; null where nothing is known of it. */
  changedRanges: { about: Record<string, never>; answer: { offset: number; length: number }[] | null };
  /** Another file of the same version, by its path from the folder of the shown one. Fails where it is not there. */
  beside: { about: { side: number; name: string }; answer: { url: string; size: number } };
}
