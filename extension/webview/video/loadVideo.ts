// Owns getting a video ready to be played: its bytes, its first picture, or why there is none.
import { fetchFile, MediaProblem } from '../media/mediaProblem.ts';
import type { ViewedFile } from '../messages.ts';

/** Up to this, in bytes, all of a file is held by the browser; of larger ones it reads what it plays. */
export const MOST_HELD = 256 * 1024 * 1024;
/** A video that shows no picture after this, in milliseconds, is given up. */
const LOAD_MS = 20_000;

export interface LoadedVideo {
  element: HTMLVideoElement;
  /** Seconds. */
  duration: number;
  /** Gives back what it holds. */
  release(): void;
}

/** The first picture of a file is there then. What is held does not change with the file. @throws MediaProblem */
export async function loadVideo(file: ViewedFile): Promise<LoadedVideo> {
  const isHeld = file.url === undefined || file.size <= MOST_HELD;
  const url = isHeld ? URL.createObjectURL(await fetchFile(file)) : (file.url ?? '');
  const element = document.createElement('video');
  // Its pictures are drawn and compared: that the page may read them has to be asked for.
  if (!isHeld) element.crossOrigin = 'anonymous';
  const release = (): void => {
    element.pause();
    element.removeAttribute('src');
    element.load();
    if (isHeld) URL.revokeObjectURL(url);
  };
  try {
    element.preload = 'auto';
    element.playsInline = true;
    element.muted = true;
    element.src = url;
    await happens(element, 'loadeddata', file);
    if (element.videoWidth === 0 || element.videoHeight === 0) throw undecodable(file, 'no picture');
    if (!Number.isFinite(element.duration)) await findEnd(element, file);
    return { element, duration: element.duration, release };
  } catch (error) {
    release();
    throw error;
  }
}

/** What was recorded without being closed does not say how long it is: the browser finds out by going there. */
async function findEnd(element: HTMLVideoElement, file: ViewedFile): Promise<void> {
  element.currentTime = Number.MAX_SAFE_INTEGER;
  await happens(element, 'seeked', file);
  if (!Number.isFinite(element.duration)) throw new MediaProblem('It does not say how long it is');
  element.currentTime = 0;
  await happens(element, 'seeked', file);
}

function happens(element: HTMLVideoElement, event: string, file: ViewedFile): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = new AbortController();
    const timer = setTimeout(() => {
      done.abort();
      reject(new MediaProblem('It took more than {0} s', LOAD_MS / 1000));
    }, LOAD_MS);
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      done.abort();
      settle();
    };
    element.addEventListener(event, () => end(resolve), { signal: done.signal });
    element.addEventListener(
      'error',
      () => end(() => reject(undecodable(file, element.error?.message ?? ''))),
      { signal: done.signal },
    );
  });
}

function undecodable({ media }: ViewedFile, reason: string): MediaProblem {
  const { codec, format } = media ?? {};
  return codec === undefined || format === undefined
    ? new MediaProblem('The video cannot be decoded: {0}', reason)
    : new MediaProblem('The video cannot be decoded; it is {0} ({1}): {2}', format, codec, reason);
}
