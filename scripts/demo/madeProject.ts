// Owns the project that the demo makes itself: a small game with a film, about 150 MB, and three days of work on it.
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { hasFfmpeg, makeClip, trimClip } from './ffmpeg.ts';
import { noiseTexture, paint, type Colour } from './media/image.ts';
import { encodeLevel, makeLevel, moveObjects, type Level } from './media/level.ts';
import { encodeGlb, encodeObj, makeTerrain, raise, type Terrain } from './media/mesh.ts';
import { encodePng } from './media/png.ts';
import { encodePsd } from './media/psd.ts';
import { decodeTga, encodeTga } from './media/tga.ts';
import { cutOut, decodeWav, encodeWav, spliceIn, synthesize, type Audio } from './media/wav.ts';
import { brighten, decodeY4m, encodeY4m, panOver } from './media/y4m.ts';
import type { Edit, Story } from './story.ts';

const ROCK = 'Content/Textures/rock_albedo.tga';
const RUST = 'Content/Textures/rust_albedo.png';
const POSTER = 'Content/Art/poster.psd';
const THEME = 'Content/Audio/背景音楽.wav';
const AMBIENCE = 'Content/Audio/cave_ambience.wav';
const VOICE = 'Content/Audio/voice_take_3.wav';
const NARRATOR = 'Content/Audio/Erzählerin.wav';
const SHOT = 'Film/shot_010.y4m';
const CLIP = 'Film/trailer.mp4';
const TERRAIN = 'Content/Meshes/terrain.obj';
const LEVEL = 'Content/Levels/Höhle.json';
const NOTES = 'Docs/Übersicht.md';
const SOURCE = 'Source/Crate.cpp';

const GREY: Colour = [92, 88, 84];
const SAND: Colour = [190, 176, 150];
const MOSS: Colour = [70, 110, 40];
const RUSTY: Colour = [150, 70, 30];
const PROPS = 40;
const prop = (i: number) => `Content/Meshes/Props/crate_${String(i).padStart(2, '0')}.glb`;

/** Fills a folder and returns the work that is done in it. Contents are the same in every run. */
export async function makeProject(folder: string): Promise<Story> {
  const project = new Project(folder);
  await project.make();
  return project.story();
}

class Project {
  private readonly folder: string;
  private readonly film: boolean;
  private readonly terrain: Terrain = makeTerrain(320, 5);
  private readonly level: Level = makeLevel(
    'Höhle',
    3_000,
    Array.from({ length: PROPS }, (_, i) => prop(i)),
    7,
  );

  constructor(folder: string) {
    this.folder = folder;
    this.film = hasFfmpeg();
  }

  async make(): Promise<void> {
    await this.write(ROCK, encodeTga(noiseTexture(2048, 2048, 1, GREY, SAND)));
    await this.write(
      'Content/Textures/rock_normal.tga',
      encodeTga(noiseTexture(2048, 2048, 2, [110, 110, 220], [150, 150, 255])),
    );
    for (const [i, name] of ['moss', 'wood', 'iron', 'torch'].entries())
      await this.write(
        `Content/Textures/${name}.png`,
        encodePng(noiseTexture(1024, 1024, 10 + i, MOSS, SAND)),
      );
    await this.write(POSTER, this.poster([]));
    await this.write(THEME, encodeWav(synthesize(90, 2, 3)));
    await this.write(AMBIENCE, encodeWav(synthesize(30, 2, 4)));
    await this.write(VOICE, encodeWav(synthesize(20, 1, 5)));
    await this.write(SHOT, encodeY4m(panOver(1280, 720, 48, 6)));
    await this.write(TERRAIN, encodeObj(this.terrain, 'terrain'));
    for (let i = 0; i < PROPS; i++)
      await this.write(prop(i), encodeGlb(makeTerrain(40 + i, 100 + i), `crate_${i}`));
    await this.write(LEVEL, encodeLevel(this.level));
    await this.write(
      NOTES,
      '# Die Höhle\n\n- Light the entrance\n- Two crates block the ladder\n- Music starts late\n',
    );
    await this.write(SOURCE, '#include "Crate.h"\n\nfloat ACrate::Mass() const\n{\n    return 40.0f;\n}\n');
    await this.write(
      'Source/Crate.h',
      '#pragma once\n\nclass ACrate\n{\npublic:\n    float Mass() const;\n};\n',
    );
    if (this.film) makeClip(this.at(CLIP));
  }

  story(): Story {
    const rounds = [
      {
        message: 'Paint moss on the rock, move the crates',
        edits: [
          this.paintRock('paint moss on part of the rock texture', 700, 900),
          {
            says: 'move 12 crates in the level',
            apply: () => {
              moveObjects(this.level, 1_200, 12, 2.5);
              return this.write(LEVEL, encodeLevel(this.level));
            },
          },
          this.text('tick an item off in the notes', NOTES, '- Two crates block the ladder\n', ''),
        ],
      },
      {
        message: 'Shorten the theme, name the narrator, add rust',
        edits: [
          this.audio('cut four seconds out of the theme', THEME, (theme) => cutOut(theme, 8, 12)),
          this.audio('insert two seconds into the ambience', AMBIENCE, (sound) =>
            spliceIn(sound, 11, synthesize(2, 2, 44)),
          ),
          { says: 'rename the voice take', apply: () => rename(this.at(VOICE), this.at(NARRATOR)) },
          {
            says: 'paint on one layer of the poster',
            apply: () => this.write(POSTER, this.poster([[500, 400]])),
          },
          {
            says: 'add a rust texture',
            apply: () => this.write(RUST, encodePng(noiseTexture(1024, 1024, 20, RUSTY, GREY))),
          },
        ],
      },
      {
        message: 'Grade the shot, raise the hill, clear out crates',
        edits: [
          {
            says: 'brighten 12 frames of the shot',
            apply: async () =>
              this.write(SHOT, encodeY4m(brighten(decodeY4m(await this.read(SHOT)), 20, 32))),
          },
          {
            says: 'raise a hill in the terrain',
            apply: () => {
              raise(this.terrain, 200, 90, 12, 6);
              return this.write(TERRAIN, encodeObj(this.terrain, 'terrain'));
            },
          },
          this.paintRock('paint more moss', 1500, 300),
          this.text('change a line of source code', SOURCE, '40.0f', '55.0f'),
          {
            says: 'delete five crates',
            apply: async () => {
              for (let i = 0; i < 5; i++) await rm(this.at(prop(i)));
            },
          },
          ...(this.film ? [{ says: 'trim the trailer', apply: () => trimClip(this.at(CLIP), 2) }] : []),
        ],
      },
    ];
    return { rounds, hero: ROCK, renamed: NARRATOR, compared: [TERRAIN, SHOT, SOURCE] };
  }

  private paintRock(says: string, x: number, y: number): Edit {
    return {
      says,
      apply: async () => {
        const image = decodeTga(await this.read(ROCK));
        for (let i = 0; i < 5; i++) paint(image, x + 40 * i, y + 15 * i, 60, MOSS);
        await this.write(ROCK, encodeTga(image));
      },
    };
  }

  private audio(says: string, file: string, change: (audio: Audio) => Audio): Edit {
    return {
      says,
      apply: async () => {
        const audio = decodeWav(await this.read(file));
        if (audio) await this.write(file, encodeWav(change(audio)));
      },
    };
  }

  private text(says: string, file: string, before: string, after: string): Edit {
    return {
      says,
      apply: async () => {
        const text = await this.read(file);
        await this.write(file, text.toString('utf8').replace(before, after));
      },
    };
  }

  /** Three layers; `strokes` are painted on the middle one. */
  private poster(strokes: [x: number, y: number][]): Buffer {
    const sky = noiseTexture(1600, 1200, 30, [40, 60, 110], [140, 160, 200]);
    const cave = noiseTexture(1200, 900, 31, GREY, SAND);
    const title = noiseTexture(900, 200, 32, [200, 180, 40], [255, 240, 160]);
    for (const [x, y] of strokes) paint(cave, x, y, 80, RUSTY);
    return encodePsd(sky, [
      { name: 'Sky', left: 0, top: 0, image: sky },
      { name: 'Cave', left: 200, top: 250, image: cave },
      { name: 'Title', left: 350, top: 60, image: title },
    ]);
  }

  private at(file: string): string {
    return path.join(this.folder, file);
  }

  private read(file: string): Promise<Buffer> {
    return readFile(this.at(file));
  }

  private async write(file: string, content: Buffer | string): Promise<void> {
    await mkdir(path.dirname(this.at(file)), { recursive: true });
    await writeFile(this.at(file), content);
  }
}
