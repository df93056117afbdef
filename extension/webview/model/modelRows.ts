// Owns which facts of models are shown, and how they are written; knows no browser.
import type { FactRow } from '../factRows.ts';
import type { ModelFacts } from './gltfFacts.ts';

export interface ModelSide {
  facts: ModelFacts | undefined;
  /** Written for people; undefined where the file is not there. */
  size: string | undefined;
}

/** One value a side; rows that are empty on all sides are left out. `language` is that of the numbers. */
export function modelRows(
  sides: ModelSide[],
  translate: (text: string, ...values: (string | number)[]) => string,
  language: string,
): FactRow[] {
  const row = (label: string, valueOf: (facts: ModelFacts) => string | number | undefined): FactRow => ({
    label: translate(label),
    values: sides.map(({ facts }) => {
      const value = facts && valueOf(facts);
      return typeof value === 'number' ? value.toLocaleString(language) : value;
    }),
  });
  const length = (value: number): string => value.toLocaleString(language, { maximumSignificantDigits: 4 });
  const rows: FactRow[] = [
    { label: translate('Size'), values: sides.map(({ size }) => size) },
    row('Vertices', ({ vertices }) => vertices),
    row('Triangles', ({ triangles }) => triangles),
    row('Meshes', ({ meshes }) => meshes),
    row('Materials', ({ materials }) => materials),
    row('Textures', ({ textures }) => textures),
    row('Animations', ({ animations }) => animations),
    row('Nodes', ({ nodes }) => nodes),
    row('Bounding box', ({ extent }) => extent && `${extent.map(length).join(' × ')} m`),
    row('Extensions', ({ extensions }) => (extensions.length > 0 ? extensions.join(', ') : undefined)),
    row('Made by', ({ generator }) => generator),
  ];
  return rows.filter(({ values }) => values.some((value) => value !== undefined));
}
