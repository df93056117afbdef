// Owns the names of Git objects: the SHA-1 of type, length and content.
import { createHash, hash } from 'node:crypto';

export type ObjectType = 'blob' | 'tree' | 'commit' | 'tag';

export interface GitObject {
  type: ObjectType;
  data: Buffer;
}

export const OID_SIZE = 20;
/** The tree without entries, which every Git implementation knows even when no repository stores it. */
export const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

const OID_PATTERN = /^[0-9a-f]{40}$/;
/** Below this many bytes copying header and content together is cheaper than hashing them in two steps. */
const SMALL = 4096;

export function isOid(text: string): boolean {
  return OID_PATTERN.test(text);
}

export function isObjectType(text: string): text is ObjectType {
  return text === 'blob' || text === 'tree' || text === 'commit' || text === 'tag';
}

/** What is hashed, and deflated in a loose object, before the content. */
export function objectHeader(type: ObjectType, size: number): Buffer {
  return Buffer.from(`${type} ${size}\0`, 'latin1');
}

/** The object's name, 20 bytes. */
export function objectIdBytes(type: ObjectType, data: Uint8Array): Buffer {
  const header = objectHeader(type, data.length);
  if (data.length < SMALL) return hash('sha1', Buffer.concat([header, data]), 'buffer');
  return createHash('sha1').update(header).update(data).digest();
}

/** The object's name, 40 hex digits. */
export function objectId(type: ObjectType, data: Uint8Array): string {
  return objectIdBytes(type, data).toString('hex');
}
