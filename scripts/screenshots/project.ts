// Owns the small project that the screenshots show: a few textures, what refers to them, and three days of work.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Stage } from '../demo/stage.ts';
import { crate, sea } from './textures.ts';

export const CRATE = 'Content/Textures/T_Crate.png';
export const SCENE = 'Content/harbour.json';

/** Makes a folder of assets and texts, without a repository. */
export async function makeFolder(folder: string): Promise<void> {
  const write = writer(folder);
  await write(CRATE, crate());
  await write('Content/Textures/T_Sea.png', sea(0.4));
  await write(SCENE, scene(3));
  await write('Source/crate.cpp', '#include "crate.h"\n\nfloat Crate::mass() const { return 40.0f; }\n');
  await write('README.md', '# Harbour\n\nA level with crates and water.\n');
}

/** Makes the folder a repository with its history, and leaves work in it that is not committed yet. */
export async function makeRepository(root: string, folder: string): Promise<void> {
  const write = writer(folder);
  const stage = new Stage(root, folder, () => undefined, false);
  await makeFolder(folder);
  stage.forge(['init']);
  stage.forge(['config', 'user.name', 'Mira']);
  stage.forge(['config', 'user.email', 'mira@example.org']);
  stage.forge(['commit', '-m', 'Build the harbour']);
  await write(CRATE, crate([164, 52, 44]));
  stage.forge(['commit', '-m', 'Put our mark on the crate']);
  await write('Content/Textures/T_Sea.png', sea(0.8));
  await write(SCENE, scene(5));
  stage.forge(['commit', '-m', 'Let the sun go down']);
  await write(CRATE, crate([36, 92, 148]));
  await write('Source/crate.cpp', '#include "crate.h"\n\nfloat Crate::mass() const { return 55.0f; }\n');
  await write('Content/Textures/T_Rope.png', sea(0.1));
}

function writer(folder: string): (name: string, content: Buffer | string) => Promise<void> {
  return async (name, content) => {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  };
}

function scene(crates: number): string {
  const text = {
    name: 'Harbour',
    water: './Textures/T_Sea.png',
    crate: './Textures/T_Crate.png',
    crates,
  };
  return `${JSON.stringify(text, undefined, 2)}\n`;
}
