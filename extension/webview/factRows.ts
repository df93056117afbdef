// Owns the rows of facts of one version, or of two; knows no browser.

export interface FactRow {
  label: string;
  /** One for each version; undefined where nothing is known. */
  values: (string | undefined)[];
}

/** The facts of each side, by label, in the order of the newer one; what is said more than once stays together. */
export function rowsOfFacts(sides: (readonly [label: string, value: string][])[]): FactRow[] {
  const labels = new Set([...sides].reverse().flatMap((facts) => facts.map(([label]) => label)));
  const valueOf = (facts: readonly [string, string][], label: string): string | undefined => {
    const values = facts.filter(([one]) => one === label).map(([, value]) => value);
    return values.length > 0 ? values.join(', ') : undefined;
  };
  return [...labels].map((label) => ({ label, values: sides.map((facts) => valueOf(facts, label)) }));
}

export function differs({ values }: FactRow): boolean {
  return values.some((value) => value !== values[0]);
}
