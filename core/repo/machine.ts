// Owns how the variables and folders of a machine become a repository's environment; the shell reads them and hands them over.
import { join } from 'node:path';
import { readGitConfig } from '../git/gitConfig.ts';
import type { Environment } from './identity.ts';

/** What a shell has read from the process and the system. */
export interface Machine {
  variables: Record<string, string | undefined>;
  /** The user's home folder. */
  home: string;
  hostName: string;
  userName: string;
  processId: number;
  cores: number;
}

/** Follows Git's rules for where its configuration and ignore rules are, and XDG's for Forge's own. */
export async function environmentOf(machine: Machine): Promise<Environment> {
  const { variables, home, ...rest } = machine;
  const gitConfigFiles = gitConfigPaths(variables, home);
  const excludes = (await readGitConfig(gitConfigFiles)).get('core.excludesfile');
  return {
    ...rest,
    author: { name: variables.GIT_AUTHOR_NAME, email: variables.GIT_AUTHOR_EMAIL },
    committer: { name: variables.GIT_COMMITTER_NAME, email: variables.GIT_COMMITTER_EMAIL },
    gitConfigFiles,
    globalConfigFile: globalConfigPath(machine),
    globalExcludesFile: excludes
      ? expandHome(excludes, home)
      : join(configHome(variables, home), 'git', 'ignore'),
  };
}

/** The user's own Forge settings. */
export function globalConfigPath({ variables, home }: Pick<Machine, 'variables' | 'home'>): string {
  return join(configHome(variables, home), 'forge', 'config.json');
}

/** What Forge remembers about this machine: nothing that would be missed. */
export function stateFolder({ variables, home }: Pick<Machine, 'variables' | 'home'>): string {
  return join(variables.XDG_STATE_HOME || join(home, '.local', 'state'), 'forge');
}

/** Least important first. */
function gitConfigPaths(variables: Machine['variables'], home: string): string[] {
  const system = variables.GIT_CONFIG_NOSYSTEM ? [] : [variables.GIT_CONFIG_SYSTEM ?? '/etc/gitconfig'];
  const user =
    variables.GIT_CONFIG_GLOBAL !== undefined
      ? [variables.GIT_CONFIG_GLOBAL].filter((path) => path !== '')
      : [join(configHome(variables, home), 'git', 'config'), join(home, '.gitconfig')];
  return [...system, ...user];
}

function configHome(variables: Machine['variables'], home: string): string {
  return variables.XDG_CONFIG_HOME || join(home, '.config');
}

function expandHome(path: string, home: string): string {
  return path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : path;
}
