// Owns the requests about what lies in files of programs: the tables of Unreal packages, and the pictures that a file carries of itself.
import type * as lists from '../formats/unrealLists.ts';
import { request } from './rpc.ts';
import type { FileVersionRef } from './versionUri.ts';

export type PackageLists = lists.PackageLists;
export type EntryList = lists.EntryList;
export type ListEntry = lists.ListEntry;
export type EntryState = lists.EntryState;

/** What the summary of one version of a package says. */
export interface PackageFacts {
  isMap: boolean;
  asset?: { className: string; name: string };
  /** The engine that saved it, e.g. `5.3.2`. */
  engine: string;
  /** Numbers of the format: of Unreal Engine 4, and of 5 (0 before it). */
  fileVersion: [ue4: number, ue5: number];
  /** How many of each. */
  names: number;
  imports: number;
  exports: number;
  dependencies: number;
  /** Not there where the package is too old to tell. */
  softDependencies?: number;
}

export interface PackageAnswer {
  /** As many as asked for. A version that cannot be read says why; one that is not there is null. */
  sides: (PackageFacts | { problem: string } | null)[];
  /** Of the newer of the versions that can be read; what differs is marked where both can. */
  lists?: PackageLists;
  /** Of two versions: whether the bytes of exports were compared. They are not where there are too many. */
  comparedBytes?: boolean;
}

/** One version of an Unreal package, or two, the older one first. */
export const packageRequest = request<{ versions: FileVersionRef[] }, PackageAnswer>('forge/package');

export interface CarriedPicture {
  /** What it shows, where a file has several: e.g. the class of the object. */
  name: string;
  /** On disk: a copy in the server's cache that stays as long as the window. PNG or JPEG, by its extension. */
  path: string;
  /** Bytes. */
  size: number;
}

/** The pictures that a file carries of itself, the best one first; else why there is none. Null where the file is not there. */
export const carriedPicturesRequest = request<
  FileVersionRef,
  { pictures: CarriedPicture[]; problem?: string } | null
>('forge/carriedPictures');
