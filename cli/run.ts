// Owns one call of `forge`: finds the command, runs it and turns what happens into an exit code.
import { Command, CommanderError } from 'commander';
import { ForgeError, fromSystemError } from '../core/errors.ts';
import { EXIT } from './exitCodes.ts';
import { COMMANDS, type CommandName } from './commands.ts';
import type { Host } from './host.ts';
import { toJson } from './output/output.ts';
import { printable } from './output/printable.ts';
import { Session, type CommonOptions } from './session.ts';

/** What a command's definition needs to run its work. */
export interface Runner {
  /** Runs `work` with the options of this call, and closes what it opened. */
  run(work: (session: Session) => Promise<void>): Promise<void>;
  /** Arguments that came after `--`, which can only be paths. */
  readonly afterDashes: string[];
}

/** Runs `forge` with these arguments (without `node` and the script). Resolves to the exit code; never rejects. */
export async function run(given: string[], host: Host): Promise<number> {
  // Everybody tries this first.
  const args = given[0] === '--version' || given[0] === '-V' ? ['version', ...given.slice(1)] : given;
  const usage: string[] = [];
  let exitCode: number = EXIT.done;
  try {
    const program = createProgram(host, (text) => usage.push(text));
    await defineCommands(program, args, {
      afterDashes: args.includes('--') ? args.slice(args.indexOf('--') + 1) : [],
      run: async (work) => {
        const session = new Session(host, program.opts<CommonOptions>());
        try {
          await work(session);
        } finally {
          await session.close();
        }
        exitCode = session.exitCode;
      },
    });
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    exitCode = await report(error, args, host, usage.join(''));
  }
  await host.stdout.flush();
  return exitCode;
}

function createProgram(host: Host, onUsage: (text: string) => void): Command {
  const program = new Command('forge');
  return program
    .description('Version control for media: keeps assets of any size beside source code.')
    .option('-C <folder>', 'run as if started in this folder')
    .option('--json', 'print one JSON document on standard output')
    .option('-q, --quiet', 'print neither progress nor summaries')
    .option('--no-wait', 'fail at once when another process is changing the repository')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help of a command')
    .showHelpAfterError(false)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void host.stdout.write(text),
      writeErr: onUsage,
      getOutHelpWidth: () => Math.min(host.stdout.columns, 100),
      getOutHasColors: () => host.stdout.colours.enabled,
    })
    .exitOverride();
}

/** Loads the one command that is called; all of them when that is none, for the help. */
async function defineCommands(program: Command, args: string[], runner: Runner): Promise<void> {
  const called = calledCommand(args);
  const names = called === undefined ? (Object.keys(COMMANDS) as CommandName[]) : [called];
  for (const name of names) {
    const define = await COMMANDS[name]();
    define(program.command(name, { hidden: name === 'filter-process' }), runner);
  }
  if (called === undefined && args.length === 0) program.help();
}

/** The first argument that is no common option, if it names a command. */
function calledCommand(args: string[]): CommandName | undefined {
  const [first] = operands(args);
  return first !== undefined && Object.hasOwn(COMMANDS, first) ? (first as CommandName) : undefined;
}

/** What the help of the called command is asked for with: `op restore` is a command below a command. */
function calledNames(args: string[]): string[] {
  const command = calledCommand(args);
  if (command === undefined) return [];
  const [, second] = operands(args);
  return command === 'op' && second !== undefined ? [command, second] : [command];
}

function operands(args: string[]): string[] {
  return args.filter((arg, i) => !arg.startsWith('-') && args[i - 1] !== '-C');
}

/** Prints an error for people, or as the one document of --json, and picks the exit code. */
async function report(error: unknown, args: string[], host: Host, usage: string): Promise<number> {
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done;
  const failure = describe(error, args, usage);
  if (args.includes('--json')) {
    const { code, message, remedy } = failure;
    await host.stdout.write(toJson({ error: { code, message, remedy } }));
  } else {
    const { red } = host.stderr.colours;
    await host.stderr.write(`${red('forge:')} ${printable(failure.message)}\n${printable(failure.remedy)}\n`);
  }
  return failure.exitCode;
}

interface Failure {
  code: string;
  message: string;
  remedy: string;
  exitCode: number;
}

function describe(error: unknown, args: string[], usage: string): Failure {
  if (error instanceof CommanderError) {
    const message = (usage || error.message).replace(/^error: /, '').trim();
    const remedy = `Run \`${['forge', ...calledNames(args), '--help'].join(' ')}\` for the usage.`;
    return { code: 'USAGE', message, remedy, exitCode: EXIT.usage };
  }
  const failure = known(error);
  if (failure === undefined) {
    return {
      code: 'INTERNAL',
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
      remedy: 'This is a mistake in Forge, not yours; nothing that was committed is lost. Please report it.',
      exitCode: EXIT.failed,
    };
  }
  const { code, message, remedy } = failure;
  const exitCode = code === 'USAGE' ? EXIT.usage : code === 'ABORTED' ? EXIT.stopped : EXIT.failed;
  return { code, message, remedy, exitCode };
}

/** What a person can act on: Forge's own errors, and those of the operating system. */
function known(error: unknown): ForgeError | undefined {
  if (error instanceof ForgeError) return error;
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'AbortError') return new ForgeError('ABORTED', 'Stopped', 'Run the command again.');
  const { errno, path: where, syscall } = error as NodeJS.ErrnoException;
  if (errno === undefined || where === undefined) return undefined;
  return fromSystemError(error, where, syscall ?? 'working on');
}
