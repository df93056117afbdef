// Owns the film clips of the demo that only ffmpeg can make: compressed video with sound.
import { spawnSync } from 'node:child_process';
import { rename } from 'node:fs/promises';

export function hasFfmpeg(): boolean {
  return spawnSync('ffmpeg', ['-version']).status === 0;
}

/** An MP4 of ten seconds with moving test pictures and a tone. */
export function makeClip(file: string): void {
  const pictures = ['-f', 'lavfi', '-i', 'testsrc2=size=1280x720:rate=24:duration=10'];
  const sound = ['-f', 'lavfi', '-i', 'sine=frequency=330:sample_rate=48000:duration=10'];
  // Encoders that every ffmpeg has.
  const encoders = ['-c:v', 'mpeg4', '-q:v', '3', '-c:a', 'aac', '-shortest'];
  ffmpeg([...pictures, ...sound, ...encoders, file]);
}

/** Drops the first seconds without encoding again, as a rough cut does. */
export async function trimClip(file: string, seconds: number): Promise<void> {
  const trimmed = `${file}.trimmed.mp4`;
  ffmpeg(['-ss', String(seconds), '-i', file, '-c', 'copy', trimmed]);
  await rename(trimmed, file);
}

function ffmpeg(args: string[]): void {
  const done = spawnSync('ffmpeg', ['-nostdin', '-loglevel', 'error', '-y', ...args], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`ffmpeg failed: ${done.stderr.trim()}`);
}
