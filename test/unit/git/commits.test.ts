// Owns the tests of commits and tags: exact bytes both ways, and stock Git's.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  decodeCommit,
  decodeTag,
  encodeCommit,
  encodeTag,
  normalizeMessage,
  readCommit,
} from '../../../core/git/commits.ts';
import { GitObjects } from '../../../core/git/gitObjects.ts';
import { ObjectBatch } from '../../../core/git/objectBatch.ts';
import { EMPTY_TREE } from '../../../core/git/objectId.ts';
import { git } from '../../support/stockGit.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import { describeWithGit, forgeError, PERSON, stockRepository } from './support.ts';

const OID = '0123456789abcdef0123456789abcdef01234567';
const oid = fc.stringMatching(/^[0-9a-f]{40}$/);
/** Records with the prototype that decoded ones have. */
const plain = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record<T>(fields, { noNullPrototype: true });
const word = fc.stringMatching(/^[A-Za-zé日][A-Za-z é日]{0,10}[A-Za-zé日]$/);
const signature = plain({
  name: word,
  email: word,
  time: fc.nat(4_000_000_000).map((seconds) => seconds * 1000),
  offset: fc.integer({ min: -12 * 60, max: 14 * 60 }),
});
const message = fc
  .array(fc.string({ unit: 'grapheme', maxLength: 20 }), { maxLength: 4 })
  .map((lines) => normalizeMessage(lines.join('\n')));
const extraHeader = plain({
  name: fc.constantFrom('gpgsig', 'mergetag', 'other'),
  value: fc.constantFrom('x', 'a\nb\n\nc', 'é\n'),
});

describe('commits', () => {
  it('decode to what was encoded, and encode to the same bytes', () => {
    const commit = plain({
      tree: oid,
      parents: fc.array(oid, { maxLength: 3 }),
      author: signature,
      committer: signature,
      extraHeaders: fc.array(extraHeader, { maxLength: 2 }),
      message,
    });
    fc.assert(
      fc.property(commit, (one) => {
        const bytes = encodeCommit(one);
        assert.deepEqual(decodeCommit(bytes), one);
        assert.deepEqual(encodeCommit(decodeCommit(bytes)), bytes);
      }),
    );
  });

  it('have the bytes of the format', () => {
    const bytes = encodeCommit({
      tree: OID,
      parents: [OID],
      author: PERSON,
      committer: { ...PERSON, offset: -570 },
      message: '\n\n  text \0\n\n',
    });
    assert.equal(
      bytes.toString(),
      `tree ${OID}\nparent ${OID}\nauthor Ada <ada@example.com> 1700000000 +0130\n` +
        'committer Ada <ada@example.com> 1700000000 -0930\n\n  text\n',
    );
  });

  it('drop from names what would break a line, and refuse what is left empty', () => {
    const named = (name: string, email = 'e') =>
      decodeCommit(
        encodeCommit({
          tree: OID,
          parents: [],
          author: { ...PERSON, name, email },
          committer: PERSON,
          message: '',
        }),
      ).author;
    assert.equal(named(' A <b>\n c. ').name, 'A b c');
    assert.equal(named('A', '<a@b>').email, 'a@b');
    assert.equal(named('A', '').email, '');
    for (const name of ['', ' ', '<>', '.']) assert.throws(() => named(name), forgeError('INVALID_NAME'));
  });

  it('read messages in the encoding they name', () => {
    const bytes = Buffer.concat([
      Buffer.from(`tree ${OID}\nauthor J`),
      Buffer.from([0xfc]),
      Buffer.from(`rgen <j@x> 5 +0000\ncommitter J <j@x> 5 +0000\nencoding ISO-8859-1\n\ncaf`),
      Buffer.from([0xe9, 0x0a]),
    ]);
    const commit = decodeCommit(bytes);
    assert.equal(commit.message, 'café\n');
    assert.equal(commit.author.name, 'Jürgen');
    assert.deepEqual(commit.extraHeaders, [{ name: 'encoding', value: 'ISO-8859-1' }]);
    assert.deepEqual(decodeCommit(encodeCommit(commit)).extraHeaders, []);
  });

  it('show odd signatures instead of refusing them', () => {
    const authored = (text: string) =>
      decodeCommit(Buffer.from(`tree ${OID}\nauthor ${text}\ncommitter C <c> 1 +0000\n\n`)).author;
    assert.deepEqual(authored('A <a'), { name: 'A <a', email: '', time: 0, offset: 0 });
    assert.deepEqual(authored('A <a>'), { name: 'A', email: 'a', time: 0, offset: 0 });
    assert.deepEqual(authored('<a> 7 -0000'), { name: '', email: 'a', time: 7000, offset: 0 });
  });

  it('refuse what is malformed', () => {
    for (const text of [
      '',
      'tree',
      `tree ${OID}\n`,
      `tree xyz\nauthor A <a> 1 +0000\ncommitter A <a> 1 +0000\n\n`,
      `tree ${OID}\nparent x\nauthor A <a> 1 +0000\ncommitter A <a> 1 +0000\n\n`,
      ` continued\n`,
      `author A <a> 1 +0000\ntree ${OID}\n\n`,
    ])
      assert.throws(() => decodeCommit(Buffer.from(text)), forgeError('CORRUPT'), text);
  });

  it('name the damaged object', async () => {
    const objects = new GitObjects(await tempFolder());
    const batch = new ObjectBatch(objects);
    const bad = batch.add('commit', Buffer.from('tree nothing\n'));
    await batch.flush();
    await assert.rejects(readCommit(objects, bad), forgeError('CORRUPT', new RegExp(bad)));
  });
});

describe('messages', () => {
  it('are normalised as git commit does', () => {
    assert.equal(normalizeMessage(''), '');
    assert.equal(normalizeMessage(' \n\n'), '');
    assert.equal(normalizeMessage('a'), 'a\n');
    assert.equal(normalizeMessage('\n \na\n\n b\n\n\n'), 'a\n\n b\n');
    assert.equal(normalizeMessage('a\0b'), 'ab\n');
  });
});

describeWithGit('commits, tags and stock Git', () => {
  it('are accepted by fsck and read as they were meant', async () => {
    const root = await stockRepository();
    const objects = new GitObjects(join(root, '.git'));
    const batch = new ObjectBatch(objects);
    const tree = batch.add('tree', Buffer.alloc(0));
    assert.equal(tree, EMPTY_TREE);
    const commit = batch.add(
      'commit',
      encodeCommit({ tree, parents: [], author: PERSON, committer: PERSON, message: 'Grüße\n\nzweite' }),
    );
    const tag = batch.add(
      'tag',
      encodeTag({ object: commit, type: 'commit', name: 'v1', tagger: PERSON, message: 'tagged' }),
    );
    await batch.flush();
    git(root, ['update-ref', 'refs/heads/main', commit]);
    git(root, ['update-ref', 'refs/tags/v1', tag]);
    assert.equal(git(root, ['fsck', '--strict']), '');
    assert.equal(
      git(root, ['log', '-1', '--format=%an|%ae|%ad|%B', '--date=iso']),
      'Ada|ada@example.com|2023-11-14 23:43:20 +0130|Grüße\n\nzweite\n\n',
    );
    assert.equal(await objects.peel(tag), commit);
  });

  it('of stock Git are read, and encode to the same bytes', async () => {
    const root = await stockRepository();
    await writeFile(join(root, 'f'), 'x');
    git(root, ['add', '.']);
    git(root, ['commit', '-qm', 'one']);
    git(root, ['tag', '-am', 'a tag', 'v1']);
    git(root, ['checkout', '-qb', 'side']);
    git(root, ['commit', '-q', '--allow-empty', '-m', 'two']);
    git(root, ['tag', '-am', 'signed-like', 'v2']);
    git(root, ['checkout', '-q', 'main']);
    git(root, ['commit', '-q', '--allow-empty', '-m', 'three']);
    git(root, ['merge', '-q', '--no-ff', '-m', 'merge', 'v2']);
    const objects = new GitObjects(join(root, '.git'));
    const head = git(root, ['rev-parse', 'HEAD']).trim();
    const { data } = await objects.read(head);
    assert.deepEqual(encodeCommit(decodeCommit(data)), data);
    assert.equal(decodeCommit(data).parents.length, 2);
    const tag = decodeTag((await objects.read(git(root, ['rev-parse', 'v1']).trim())).data);
    assert.equal(tag.name, 'v1');
    assert.equal(tag.type, 'commit');
    assert.equal(tag.message, 'a tag\n');
    assert.equal(tag.tagger?.email, 'test@example.com');
  });

  it('end where a shallow clone ends', async () => {
    const root = await stockRepository();
    for (const one of ['a', 'b', 'c']) git(root, ['commit', '-q', '--allow-empty', '-m', one]);
    const clone = join(await tempFolder(), 'clone');
    git(root, ['clone', '-q', '--depth=2', `file://${root}`, clone]);
    const objects = new GitObjects(join(clone, '.git'));
    const [last, first] = git(clone, ['log', '--format=%H']).trim().split('\n');
    assert.deepEqual((await readCommit(objects, last)).parents, [first]);
    assert.deepEqual((await readCommit(objects, first)).parents, []);
  });
});
