// Owns what is told of a media file: plain facts for people, and the picture that a file carries of itself.

import type { Reason } from './reason.ts';

export type MediaKind = 'image' | 'audio' | 'video' | 'model' | 'unreal' | 'paint' | 'binary';

/** What a media file is, for people. Its fields are those of the protocol's Description, and more. */
export interface Facts {
  kind: MediaKind;
  /** Name of the format, e.g. `PNG`, `Unreal package`. */
  format: string;
  /** Pixels. */
  width?: number;
  height?: number;
  channels?: number;
  /** Bits a channel, or a sample of audio. */
  bitDepth?: number;
  /** Seconds. */
  duration?: number;
  /** Samples a second. */
  sampleRate?: number;
  /** Pictures a second. */
  frameRate?: number;
  codec?: string;
  /** Further facts, in the order to show them. */
  details: [label: string, value: string][];
  /** Why nothing more is known, in English; `why` is the same, to be translated. */
  problem?: string;
  why?: Reason;
}

/** A picture of a file that lies in it: a file of its own, or RGBA pixels of 8 bits a channel, rows from the top. */
export type Preview =
  { kind: 'file'; bytes: Uint8Array } | { kind: 'pixels'; width: number; height: number; data: Uint8Array };

/** The largest preview that is read, in bytes. */
export const MAX_PREVIEW = 32 << 20;
