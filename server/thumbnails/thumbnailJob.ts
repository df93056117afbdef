// Owns what the server and its thread for thumbnails say to each other.
import type { EncodedPicture, PictureHint, Refusal } from '../../core/formats/pictureCodec.ts';

export interface ThumbnailJob {
  picture:
    | { kind: 'file'; bytes: Uint8Array; hint: PictureHint }
    | { kind: 'pixels'; width: number; height: number; data: Uint8Array };
  /** Pixels. */
  side: number;
  /** Bytes. */
  most: number;
}

export type ThumbnailAnswer = EncodedPicture | Refusal;
