// Owns what is shown of media that this editor cannot play or draw: the reason, the facts, the browser's own player, the bytes.
import { openFacts } from '../facts.ts';
import type { ShowMessage, ViewedFile } from '../messages.ts';
import type { Viewer, ViewerHost } from '../viewer.ts';
import { type MediaProblem } from './mediaProblem.ts';

/** One reason a file, undefined where there is none. */
export type Problems = (MediaProblem | undefined)[];

/** The reasons in words, each with the file that it is about. */
export function wordsOf(host: ViewerHost, files: readonly ViewedFile[], problems: Problems): string[] {
  return files.flatMap(({ label }, i) => {
    const problem = problems[i];
    return problem ? [`${label}: ${host.translate(problem.message, ...problem.values)}`] : [];
  });
}

/** `plays`: the browser's own player is offered, for what is only too long to be drawn; else the bytes are shown. */
export async function openUnplayable(
  host: ViewerHost,
  message: ShowMessage,
  problems: Problems,
  plays?: 'audio' | 'video',
): Promise<Viewer> {
  const reasons = wordsOf(host, message.files, problems);
  const parts: Viewer[] = [await openFacts(host, message)];
  if (plays) parts.push(openPlayers(host, message.files, plays));
  else if (message.files.some(({ size }) => size > 0)) {
    const { openHex } = await import('../viewers/hex.ts');
    parts.push(await openHex(host, { ...message, ...(await rangesOf(host, message)) }));
  }
  host.body.classList.add('unplayable');
  // Last: what the parts say of themselves matters less.
  host.showStatus(reasons.join(' · '));
  host.report({ problems: reasons });
  return {
    dispose() {
      host.body.classList.remove('unplayable');
      for (const part of parts) part.dispose();
    },
  };
}

/** What changed, of two versions. The bytes are shown all the same, without marks, where that is not known. */
async function rangesOf(
  host: ViewerHost,
  { files }: ShowMessage,
): Promise<Pick<ShowMessage, 'changedRanges'>> {
  if (files.length < 2) return {};
  const changedRanges = await host.ask('changedRanges', {}).catch(() => null);
  return changedRanges ? { changedRanges } : {};
}

function openPlayers(host: ViewerHost, files: readonly ViewedFile[], kind: 'audio' | 'video'): Viewer {
  const list = document.createElement('div');
  list.className = 'players';
  for (const { url, label } of files) {
    if (url === undefined) continue;
    const player = document.createElement(kind);
    player.controls = true;
    player.preload = 'metadata';
    player.src = url;
    player.setAttribute('aria-label', label);
    list.append(player);
  }
  host.body.append(list);
  return { dispose: () => list.remove() };
}
