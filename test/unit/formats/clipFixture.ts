// Owns small files of Clip Studio Paint and small SQLite databases for the tests of formats.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The bytes of a database that `fill` makes. */
export function sqlite(fill: (database: DatabaseSync) => void, pageSize = 1024): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'forge-sqlite-'));
  try {
    const database = new DatabaseSync(join(folder, 'db'));
    database.exec(`PRAGMA page_size = ${pageSize}`);
    fill(database);
    database.close();
    return readFileSync(join(folder, 'db'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function chunk(tag: string, data: Buffer): Buffer {
  const head = Buffer.alloc(16);
  head.write(tag, 'latin1');
  head.writeBigUInt64BE(BigInt(data.length), 8);
  return Buffer.concat([head, data]);
}

export function clip(preview: Buffer): Buffer {
  const database = sqlite((db) => {
    db.exec(
      'CREATE TABLE Canvas(_PW_ID INTEGER PRIMARY KEY, CanvasWidth REAL DEFAULT NULL, CanvasHeight REAL)',
    );
    db.exec('CREATE TABLE Layer(_PW_ID INTEGER PRIMARY KEY, LayerName TEXT)');
    db.exec('CREATE TABLE CanvasPreview(_PW_ID INTEGER PRIMARY KEY, ImageType INTEGER, ImageData BLOB)');
    db.exec("INSERT INTO Canvas VALUES(1, 928.0, 647.0); INSERT INTO Layer VALUES(1, 'Ink'), (2, 'Paper')");
    db.prepare('INSERT INTO CanvasPreview VALUES(1, 1, ?)').run(preview);
  });
  const body = [
    chunk('CHNKHead', Buffer.alloc(40)),
    chunk('CHNKSQLi', database),
    chunk('CHNKFoot', Buffer.alloc(0)),
  ];
  const head = Buffer.alloc(24);
  head.write('CSFCHUNK', 'latin1');
  head.writeBigUInt64BE(24n, 16);
  return Buffer.concat([head, ...body]);
}
