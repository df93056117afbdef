// Owns the list of commands: each is loaded when it is called.
import type { Command } from 'commander';
import type { Runner } from './run.ts';

/** Adds arguments, options, help and action to an empty command. */
export type DefineCommand = (command: Command, runner: Runner) => void;

/** In the order in which the help lists them. */
export const COMMANDS = {
  init: async () => (await import('./commands/init.ts')).defineInit,
  clone: async () => (await import('./commands/clone.ts')).defineClone,
  status: async () => (await import('./commands/status.ts')).defineStatus,
  add: async () => (await import('./commands/add.ts')).defineAdd,
  commit: async () => (await import('./commands/commit.ts')).defineCommit,
  log: async () => (await import('./commands/log.ts')).defineLog,
  show: async () => (await import('./commands/show.ts')).defineShow,
  diff: async () => (await import('./commands/diff.ts')).defineDiff,
  restore: async () => (await import('./commands/restore.ts')).defineRestore,
  switch: async () => (await import('./commands/switch.ts')).defineSwitch,
  branch: async () => (await import('./commands/branch.ts')).defineBranch,
  tag: async () => (await import('./commands/tag.ts')).defineTag,
  undo: async () => (await import('./commands/undo.ts')).defineUndo,
  op: async () => (await import('./commands/op.ts')).defineOp,
  verify: async () => (await import('./commands/verify.ts')).defineVerify,
  gc: async () => (await import('./commands/gc.ts')).defineGc,
  stats: async () => (await import('./commands/stats.ts')).defineStats,
  config: async () => (await import('./commands/config.ts')).defineConfig,
  version: async () => (await import('./commands/version.ts')).defineVersion,
  completion: async () => (await import('./commands/completion.ts')).defineCompletion,
  'filter-process': async () => (await import('./commands/filterProcess.ts')).defineFilterProcess,
  lsp: async () => (await import('./commands/lsp.ts')).defineLsp,
} satisfies Record<string, () => Promise<DefineCommand>>;

export type CommandName = keyof typeof COMMANDS;
