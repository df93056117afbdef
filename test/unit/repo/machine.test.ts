// Tests how variables and folders of a machine become an environment, as Git and XDG define it.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { environmentOf, globalConfigPath, type Machine, stateFolder } from '../../../core/repo/machine.ts';
import { tempFolder } from '../../support/tempFolder.ts';

describe('core/repo/machine', () => {
  let home: string;
  before(async () => {
    home = await tempFolder();
  });

  const machine = (variables: Machine['variables'] = {}): Machine => ({
    variables: { GIT_CONFIG_NOSYSTEM: '1', ...variables },
    home,
    hostName: 'host',
    userName: 'mira',
    processId: 7,
    cores: 2,
  });

  it('finds the user’s files below the home folder', async () => {
    const environment = await environmentOf(machine());
    assert.deepEqual(environment.gitConfigFiles, [
      join(home, '.config/git/config'),
      join(home, '.gitconfig'),
    ]);
    assert.equal(environment.globalExcludesFile, join(home, '.config/git/ignore'));
    assert.equal(environment.globalConfigFile, join(home, '.config/forge/config.json'));
    assert.equal(stateFolder(machine()), join(home, '.local/state/forge'));
    assert.deepEqual(
      [environment.hostName, environment.userName, environment.processId, environment.cores],
      ['host', 'mira', 7, 2],
    );
  });

  it('follows XDG', async () => {
    const variables = { XDG_CONFIG_HOME: '/xdg', XDG_STATE_HOME: '/state' };
    const environment = await environmentOf(machine(variables));
    assert.deepEqual(environment.gitConfigFiles, ['/xdg/git/config', join(home, '.gitconfig')]);
    assert.equal(globalConfigPath(machine(variables)), '/xdg/forge/config.json');
    assert.equal(stateFolder(machine(variables)), '/state/forge');
  });

  it('follows Git’s variables, least important file first', async () => {
    const files = async (variables: Machine['variables']) =>
      (await environmentOf({ ...machine(), variables })).gitConfigFiles;
    assert.equal((await files({}))[0], '/etc/gitconfig');
    assert.deepEqual(
      await files({ GIT_CONFIG_SYSTEM: '/nowhere/system', GIT_CONFIG_GLOBAL: '/nowhere/mine' }),
      ['/nowhere/system', '/nowhere/mine'],
    );
    assert.deepEqual(await files({ GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '' }), []);
  });

  it('takes authors from the variables', async () => {
    const { author, committer } = await environmentOf(
      machine({ GIT_AUTHOR_NAME: 'A', GIT_AUTHOR_EMAIL: 'a@example.com', GIT_COMMITTER_NAME: 'C' }),
    );
    assert.deepEqual(
      [author, committer],
      [
        { name: 'A', email: 'a@example.com' },
        { name: 'C', email: undefined },
      ],
    );
  });

  it('takes the excludes file that Git’s configuration names, also below the home folder', async () => {
    await mkdir(join(home, '.config/git'), { recursive: true });
    await writeFile(join(home, '.config/git/config'), '[core]\n\texcludesFile = ~/my-ignore\n');
    assert.equal((await environmentOf(machine())).globalExcludesFile, join(home, 'my-ignore'));
    await writeFile(join(home, '.gitconfig'), '[core]\n\texcludesfile = /elsewhere\n');
    assert.equal((await environmentOf(machine())).globalExcludesFile, '/elsewhere');
  });
});
