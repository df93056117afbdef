// Owns who a commit is by: Forge's settings first, then Git's configuration.
import { readFile } from 'node:fs/promises';
import { ForgeError } from '../errors.ts';
import { readGitConfig } from '../git/gitConfig.ts';
import type { Settings } from './settings.ts';
import type { Identity, Signature } from './types.ts';

/** What the shell knows from the process's surroundings; core itself reads none of it. */
export interface Environment {
  author?: Partial<Identity>;
  committer?: Partial<Identity>;
  /** Git's system and user configuration, least important first. */
  gitConfigFiles: string[];
  /** The user's own Forge settings, for all repositories. */
  globalConfigFile?: string;
  globalExcludesFile?: string;
  hostName: string;
  userName: string;
  processId: number;
  cores: number;
}

export interface Clock {
  (): { time: number; offset: number };
}

interface Sources {
  settings: Settings;
  gitDir: string;
  environment: Environment;
  clock: Clock;
}

/** Author and committer of a new commit. @throws ForgeError NO_AUTHOR with the command that sets what is missing */
export async function commitSignatures(
  sources: Sources,
): Promise<{ author: Signature; committer: Signature }> {
  const known = await configuredIdentity(sources);
  const author = { ...known, ...defined(sources.environment.author) };
  const committer = { ...known, ...defined(sources.environment.committer) };
  for (const identity of [author, committer]) {
    if (!identity.name) throw noAuthor('name', 'forge config user.name "Your Name"');
    if (!identity.email) throw noAuthor('e-mail address', 'forge config user.email you@example.com');
  }
  const now = sources.clock();
  return { author: { ...(author as Identity), ...now }, committer: { ...(committer as Identity), ...now } };
}

/** Who an operation is by. Never fails: without a configured identity it is the system's user. */
export async function operationSignature(sources: Sources): Promise<Signature> {
  const { userName, hostName } = sources.environment;
  const known = await configuredIdentity(sources);
  return {
    name: known.name || userName,
    email: known.email || `${userName}@${hostName}`,
    ...sources.clock(),
  };
}

async function configuredIdentity({ settings, gitDir, environment }: Sources): Promise<Partial<Identity>> {
  const ours = { name: settings.get('user.name'), email: settings.get('user.email') };
  if (ours.name && ours.email) return ours;
  const everywhere = await readGlobalSettings(environment.globalConfigFile);
  const git = await readGitConfig([...environment.gitConfigFiles, `${gitDir}/config`]);
  return {
    name: ours.name ?? everywhere['user.name'] ?? git.get('user.name'),
    email: ours.email ?? everywhere['user.email'] ?? git.get('user.email'),
  };
}

/** Settings of a user's own file: a flat JSON object. A missing file has none. */
export async function readGlobalSettings(path: string | undefined): Promise<Record<string, string>> {
  if (path === undefined) return {};
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Record<string, string>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new ForgeError(
      'CORRUPT',
      `${path} is not readable`,
      'Mend or remove this file: it holds settings as JSON.',
      { path, cause: error },
    );
  }
}

function defined(identity: Partial<Identity> | undefined): Partial<Identity> {
  return Object.fromEntries(Object.entries(identity ?? {}).filter(([, value]) => value));
}

function noAuthor(what: string, command: string): ForgeError {
  return new ForgeError('NO_AUTHOR', `No ${what} is set for commits`, `Set it with: ${command}`);
}
