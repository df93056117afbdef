// Owns what the demo plays: a folder of files, and rounds of edits on it.

export interface Edit {
  /** What a person at work would say was done. */
  says: string;
  apply(): Promise<void>;
}

export interface Round {
  /** Of the commit. */
  message: string;
  edits: Edit[];
}

export interface Story {
  rounds: Round[];
  /** A file that the first and a later round edit, and that keeps its name. */
  hero: string;
  /** A file that a round renames: what it is called in the end. Undefined when there are too few files. */
  renamed: string | undefined;
  /** Files that the last round edits, whose differences are worth a look. */
  compared: string[];
}
