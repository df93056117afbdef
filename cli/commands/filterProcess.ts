// Owns `forge filter-process`: stock Git's long-running filter protocol, for shared checkouts. Source: gitattributes(5).
import type { Command } from 'commander';
import { encodeContent, encodeLines, flushPacket, PacketReader } from '../../core/git/pktLine.ts';
import type { GitFilter } from '../../core/repo/gitFilter.ts';
import type { Runner } from '../run.ts';

export interface FilterStreams {
  input: AsyncIterable<Buffer>;
  write(bytes: Buffer): Promise<void>;
  /** What went wrong with a file, for the person who runs Git. */
  report(error: unknown): void;
}

export function defineFilterProcess(command: Command, runner: Runner): void {
  command.description('store and check out assets for stock git, which starts this by itself').action(() =>
    runner.run(async (session) => {
      const repository = await session.open();
      await serveFilter(repository.gitFilter(), {
        input: session.host.stdin,
        write: (bytes) => session.host.stdout.write(bytes),
        report: (error) => session.note(`forge: ${error instanceof Error ? error.message : String(error)}`),
      });
    }),
  );
}

/** Answers requests until Git closes the stream. @throws RangeError when the other side does not speak the protocol */
export async function serveFilter(filter: GitFilter, streams: FilterStreams): Promise<void> {
  const reader = new PacketReader(streams.input);
  const hello = await reader.lines();
  if (!hello?.includes('git-filter-client') || !hello.includes('version=2')) {
    throw new RangeError('git did not offer version 2 of its filter protocol');
  }
  await streams.write(encodeLines(['git-filter-server', 'version=2']));
  await reader.lines();
  await streams.write(encodeLines(['capability=clean', 'capability=smudge']));
  for (;;) {
    const request = await reader.lines();
    if (!request) return;
    await answer(filter, new Map(request.map(splitOnce)), reader, streams);
  }
}

async function answer(
  filter: GitFilter,
  request: Map<string, string>,
  reader: PacketReader,
  streams: FilterStreams,
): Promise<void> {
  const path = request.get('pathname') ?? '';
  const content = reader.contents();
  let started = false;
  const start = async (): Promise<void> => {
    if (!started) await streams.write(encodeLines(['status=success']));
    started = true;
  };
  let status: string[] = [];
  try {
    const output =
      request.get('command') === 'clean' ? filter.clean(path, content) : filter.smudge(path, content);
    for await (const bytes of output) {
      await start();
      for (const packet of encodeContent(bytes)) await streams.write(packet);
    }
    await start();
  } catch (error) {
    streams.report(error);
    // Git sends the whole content before it reads the answer.
    for await (const rest of content) if (rest.length === 0) break;
    status = ['status=error'];
    if (!started) {
      await streams.write(encodeLines(status));
      return;
    }
  }
  await streams.write(flushPacket());
  await streams.write(encodeLines(status));
}

function splitOnce(line: string): [string, string] {
  const at = line.indexOf('=');
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
}
