// Owns how refs are named in operations and shown to people.
import type { Head } from './context.ts';

/** HEAD as the operation log names it: a branch's full ref, or the commit when detached. */
export function headName(head: Head): string {
  return head.ref ?? (head.commit as string);
}

export function shortBranch(ref: string): string {
  return ref.replace(/^refs\/heads\//, '');
}
