// Owns what people type for a commit: names, abbreviated ids, and steps back from them.
import { ForgeError } from '../errors.ts';
import { readCommit } from './commits.ts';
import type { GitObjects } from './gitObjects.ts';
import type { GitRefs } from './refs.ts';
import { isOid } from './objectId.ts';

/** Where a short name is looked for, in Git's order. */
const PLACES = ['', 'refs/', 'refs/tags/', 'refs/heads/', 'refs/remotes/'];
const STEP = /(?:~(\d*)|\^(\d*)|\^\{(commit|)\})$/;
const ABBREVIATED = /^[0-9a-f]{4,39}$/i;
const MAX_LISTED = 5;

/**
 * The commit that a revision names: `HEAD` or `@`, a branch, tag or remote branch, a full or abbreviated id, each followed by any of
 * `~n` (n first parents back) and `^n` (n-th parent).
 * @throws ForgeError UNKNOWN_REVISION saying why, CORRUPT
 */
export async function resolveRevision(refs: GitRefs, objects: GitObjects, revision: string): Promise<string> {
  const steps: { kind: '~' | '^'; count: number }[] = [];
  let name = revision;
  for (let match = STEP.exec(name); match; match = STEP.exec(name)) {
    const [text, back, parent] = match;
    if (back !== undefined) steps.unshift({ kind: '~', count: back === '' ? 1 : Number(back) });
    else if (parent !== undefined) steps.unshift({ kind: '^', count: parent === '' ? 1 : Number(parent) });
    name = name.slice(0, -text.length);
  }
  let commit = await resolveName(refs, objects, name, revision);
  for (const { kind, count } of steps) {
    if (kind === '^') commit = await nthParent(objects, commit, count, revision);
    else for (let i = 0; i < count; i++) commit = await nthParent(objects, commit, 1, revision);
  }
  return commit;
}

async function nthParent(objects: GitObjects, commit: string, n: number, revision: string): Promise<string> {
  if (n === 0) return commit;
  const parent = (await readCommit(objects, commit)).parents[n - 1];
  if (parent !== undefined) return parent;
  throw unknown(
    revision,
    `commit ${commit.slice(0, 10)} has no ${n === 1 ? 'parent' : `parent number ${n}`}`,
  );
}

async function resolveName(
  refs: GitRefs,
  objects: GitObjects,
  name: string,
  revision: string,
): Promise<string> {
  const oid = await findObject(refs, objects, name === '@' ? 'HEAD' : name, revision);
  if (!objects.has(oid)) throw unknown(revision, `object ${oid} is not in this repository`);
  const peeled = await objects.peel(oid);
  const { type } = await objects.info(peeled);
  if (type !== 'commit') throw unknown(revision, `it names a ${type}, not a commit`);
  return peeled;
}

async function findObject(
  refs: GitRefs,
  objects: GitObjects,
  name: string,
  revision: string,
): Promise<string> {
  if (isOid(name.toLowerCase())) return name.toLowerCase();
  for (const place of PLACES) {
    const oid = await refs.read(place + name);
    if (oid !== undefined) return oid;
  }
  const remoteHead = await refs.read(`refs/remotes/${name}/HEAD`);
  if (remoteHead !== undefined) return remoteHead;
  if (name === 'HEAD') throw unknown(revision, 'there is no commit yet');
  return findAbbreviated(refs, objects, name, revision);
}

async function findAbbreviated(
  refs: GitRefs,
  objects: GitObjects,
  name: string,
  revision: string,
): Promise<string> {
  const candidates = ABBREVIATED.test(name) ? await objects.resolvePrefix(name) : [];
  if (candidates.length === 1) return candidates[0];
  const commits: string[] = [];
  // Among objects of the same beginning, Git takes the one that can be meant.
  for (const oid of candidates) {
    const { type } = await objects.info(oid);
    if (type === 'commit' || type === 'tag') commits.push(oid);
  }
  if (commits.length === 1) return commits[0];
  if (candidates.length > 1) {
    const listed = (commits.length > 0 ? commits : candidates).slice(0, MAX_LISTED).join(', ');
    throw unknown(revision, `several objects start with ${name}: ${listed}`, 'Give more digits.');
  }
  const similar = await findSimilar(refs, name);
  throw unknown(
    revision,
    'there is no branch, tag or commit of that name',
    similar === undefined ? undefined : `Did you mean ${similar}?`,
  );
}

/** A branch or tag that differs only by case. */
async function findSimilar(refs: GitRefs, name: string): Promise<string | undefined> {
  const short = [...(await refs.list('refs/heads/')).keys(), ...(await refs.list('refs/tags/')).keys()].map(
    (ref) => ref.replace(/^refs\/(heads|tags)\//, ''),
  );
  return short.find((one) => one.toLowerCase() === name.toLowerCase());
}

function unknown(revision: string, why: string, remedy?: string): ForgeError {
  return new ForgeError(
    'UNKNOWN_REVISION',
    `Unknown revision ${JSON.stringify(revision)}: ${why}`,
    remedy ?? 'List branches with `forge branch`, tags with `forge tag` and commits with `forge log`.',
  );
}
