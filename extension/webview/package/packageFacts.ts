// Owns which facts of Unreal packages are shown; knows no browser.
import type { PackageFacts } from '../../../core/protocol/packages.ts';
import type { FactRow } from '../factRows.ts';

export type Translate = (text: string, ...values: (string | number)[]) => string;

/** What is told of a side: the package where it could be read, and the size of the file where it is there. */
export interface PackageSide {
  facts: PackageFacts | undefined;
  /** Written for people. */
  size: string | undefined;
}

/** Rows of facts, one value a side; rows that are empty on all sides are left out. */
export function packageRows(sides: PackageSide[], translate: Translate): FactRow[] {
  const row = (label: string, valueOf: (facts: PackageFacts) => string | number | undefined): FactRow => ({
    label: translate(label),
    values: sides.map(({ facts }) => (facts ? valueOf(facts)?.toString() : undefined)),
  });
  const rows: FactRow[] = [
    row('Kind', ({ isMap }) => translate(isMap ? 'Unreal map' : 'Unreal package')),
    row('Class', ({ asset }) => asset?.className),
    row('Asset', ({ asset }) => asset?.name),
    { label: translate('Size'), values: sides.map(({ size }) => size) },
    row('Saved by engine', ({ engine }) => engine),
    row('Version of the format', ({ fileVersion: [ue4, ue5] }) => (ue5 > 0 ? `${ue4}, ${ue5}` : ue4)),
    row('Names', ({ names }) => names),
    row('Imports', ({ imports }) => imports),
    row('Exports', ({ exports }) => exports),
    row('Dependencies', ({ dependencies }) => dependencies),
    row('Named by path alone', ({ softDependencies }) => softDependencies),
  ];
  return rows.filter(({ values }) => values.some((value) => value !== undefined));
}
