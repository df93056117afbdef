// Owns the ignore rules of a working tree: which untracked paths Forge does not look at.
import { join } from 'node:path';
import type { PathProblem } from '../dataplane/dataPlane.ts';
import { PatternList, type PatternMatch } from './patternList.ts';
import { readRuleFile } from './ruleFile.ts';

export const GIT_IGNORE = '.gitignore';
/** Read after `.gitignore` of the same folder, so that it can override it. */
export const FORGE_IGNORE = '.forgeignore';
/** How names begin that Forge gives to files it is about to rename into place. */
export const TEMPORARY_PREFIX = '.forge-temporary-';

export interface IgnoreSources {
  /** Absolute path of the working tree. */
  root: string;
  /** Holds `info/exclude`. */
  gitDir: string;
  /** The user's own excludes file (Git's core.excludesFile), absolute. */
  globalExcludesFile?: string;
  /** Git's core.ignoreCase: letters match in either case. */
  ignoreCase?: boolean;
}

/** Rules that hold in one folder: those of the files on the way to it, outermost first. */
interface FolderRules {
  excluded: boolean;
  levels: PatternList[];
}

const EXCLUDED: FolderRules = { excluded: true, levels: [] };

/**
 * Git's rules exactly: the last matching pattern of a file decides, the file of a deeper folder goes before that of an outer
 * one, and nothing inside an excluded folder can be re-included. (One exception: a run of stars beside other characters, as in
 * `a**b`, never crosses a slash, which Git lets it do now and then.) Rule files are read when their folder is first asked about.
 */
export class IgnoreRules {
  readonly #sources: IgnoreSources;
  readonly #folders = new Map<string, FolderRules>();
  /** Rule files that could not be read; their rules do not apply. */
  readonly problems: PathProblem[] = [];

  private constructor(sources: IgnoreSources) {
    this.#sources = sources;
    const exclude = join(sources.gitDir, 'info', 'exclude');
    const texts = [
      ...[sources.globalExcludesFile ?? [], exclude].flat().map((path) => this.#read(path, path, true)),
      ...this.#ownRules('', undefined),
    ];
    this.#folders.set('', { excluded: false, levels: this.#level('', texts) });
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- callers must not count on rules being read synchronously
  static async load(sources: IgnoreSources): Promise<IgnoreRules> {
    return new IgnoreRules(sources);
  }

  /** Whether an untracked `path` (relative to the root, `/` between names) is ignored, by itself or with a folder above it. */
  ignored(path: string, isDirectory: boolean): boolean {
    const known = isDirectory && this.#folders.get(path);
    if (known) return known.excluded;
    const slash = path.lastIndexOf('/');
    if (isAlwaysIgnored(path.slice(slash + 1))) return true;
    const { excluded, levels } = this.#folder(path.slice(0, Math.max(0, slash)));
    return excluded || verdict(levels, isDirectory ? `${path}/` : path).ignored;
  }

  /**
   * Tells which rule files a folder holds, for a caller that has listed it: saves looking for them. To be called before any
   * question about what is inside.
   */
  enterFolder(folder: string, names: { gitIgnore: boolean; forgeIgnore: boolean }): void {
    if (!this.#folders.has(folder)) this.#folders.set(folder, this.#rulesOf(folder, names));
  }

  #folder(folder: string): FolderRules {
    let rules = this.#folders.get(folder);
    if (!rules) {
      rules = this.#rulesOf(folder, undefined);
      this.#folders.set(folder, rules);
    }
    return rules;
  }

  #rulesOf(folder: string, names: { gitIgnore: boolean; forgeIgnore: boolean } | undefined): FolderRules {
    const slash = folder.lastIndexOf('/');
    const parent = this.#folder(folder.slice(0, Math.max(0, slash)));
    if (parent.excluded || isAlwaysIgnored(folder.slice(slash + 1))) return EXCLUDED;
    const found = verdict(parent.levels, `${folder}/`);
    if (found.ignored) return EXCLUDED;
    const inherited = found.unignored ? reincluded(parent.levels, folder) : parent.levels;
    const own = this.#level(folder, this.#ownRules(folder, names));
    return { excluded: false, levels: own.length > 0 ? [...inherited, ...own] : inherited };
  }

  #level(folder: string, texts: (string | undefined)[]): PatternList[] {
    const present = texts.filter((text) => text !== undefined);
    const list = PatternList.forFolder(folder, this.#sources.ignoreCase);
    for (const text of present) list.add(text);
    return present.length === 0 ? [] : [list];
  }

  #ownRules(folder: string, names: { gitIgnore: boolean; forgeIgnore: boolean } | undefined) {
    const inside = (name: string): string | undefined => {
      const path = folder === '' ? name : `${folder}/${name}`;
      return this.#read(path, join(this.#sources.root, path), false);
    };
    return [
      names?.gitIgnore === false ? undefined : inside(GIT_IGNORE),
      names?.forgeIgnore === false ? undefined : inside(FORGE_IGNORE),
    ];
  }

  #read(path: string, absolute: string, follow: boolean): string | undefined {
    try {
      return readRuleFile(absolute, { follow });
    } catch (error) {
      this.problems.push({ path, code: (error as NodeJS.ErrnoException).code ?? 'EIO' });
      return undefined;
    }
  }
}

function isAlwaysIgnored(name: string): boolean {
  return isRepositoryName(name) || name.startsWith(TEMPORARY_PREFIX);
}

/** Whether `name` is that of a repository's own folder (or of the file that stands for it), in any case. */
export function isRepositoryName(name: string): boolean {
  const lower = name.toLowerCase();
  return lower === '.git' || lower === '.forge';
}

/** What the innermost list with an opinion says. A folder's path ends in a slash. */
function verdict(levels: PatternList[], path: string): Pick<PatternMatch, 'ignored' | 'unignored'> {
  for (let i = levels.length - 1; i >= 0; i--) {
    const found = levels[i].test(path);
    if (found.ignored || found.unignored) return found;
  }
  return { ignored: false, unignored: false };
}

/** The lists as they apply inside a folder that one of them has re-included. */
function reincluded(levels: PatternList[], folder: string): PatternList[] {
  return levels.map((level) => (level.test(`${folder}/`).ignored ? level.including(folder) : level));
}
