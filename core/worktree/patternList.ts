// Owns matching paths against lists of Git's patterns, through the `ignore` library.
import ignore, { type Ignore, type Pattern } from 'ignore';

export interface PatternMatch {
  /** The last pattern that matches the path, or a folder above it, is a plain one, or a negated one. Neither: none matches. */
  ignored: boolean;
  unignored: boolean;
  /** What was said along with the pattern. */
  mark: string | undefined;
}

/** The library keeps every answer it has given; starting afresh after this many bounds that. */
const MAX_ANSWERS = 16_384;

/** The patterns of one folder. Paths are those of the whole tree, and below that folder; a folder's ends in a slash. */
export class PatternList {
  readonly #prefixLength: number;
  readonly #ignoreCase: boolean;
  #rules: Ignore;
  #answers = 0;

  private constructor(prefixLength: number, ignoreCase: boolean, rules: Ignore) {
    this.#prefixLength = prefixLength;
    this.#ignoreCase = ignoreCase;
    this.#rules = rules;
  }

  /** `folder` is relative to the root, '' for the root itself. */
  static forFolder(folder: string, ignoreCase = false): PatternList {
    return new PatternList(folder === '' ? 0 : folder.length + 1, ignoreCase, ignore({ ignoreCase }));
  }

  /** Adds the lines of a whole file, or single patterns; later ones go before earlier ones. */
  add(patterns: Pattern | readonly Pattern[]): this {
    this.#rules.add(patterns);
    return this;
  }

  test(path: string): PatternMatch {
    if (++this.#answers > MAX_ANSWERS) {
      this.#rules = this.#copyRules();
      this.#answers = 0;
    }
    const { ignored, unignored, rule } = this.#rules.test(path.slice(this.#prefixLength));
    return { ignored, unignored, mark: rule?.mark };
  }

  /**
   * The same patterns for the inside of `folder`, which they exclude but another list re-includes. The library does not know of
   * that list and takes everything in an excluded folder for excluded; a last pattern that names this one folder tells it.
   */
  including(folder: string): PatternList {
    const escaped = folder.slice(this.#prefixLength).replace(/[\\*?[\] !#]/g, '\\$&');
    return new PatternList(this.#prefixLength, this.#ignoreCase, this.#copyRules()).add([`!/${escaped}/`]);
  }

  #copyRules(): Ignore {
    return ignore({ ignoreCase: this.#ignoreCase }).add(this.#rules);
  }
}
