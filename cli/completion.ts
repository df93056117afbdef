// Owns the shell completion scripts, made from the commands' own definitions.
import type { Command } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Options that every command takes. */
const COMMON = ['-C', '--json', '-q', '--quiet', '--no-wait', '-h', '--help'];
/** Commands whose arguments can be branches. */
const TAKE_BRANCHES = ['switch', 'branch'];
/** Prints the names of branches, one a line. */
const BRANCHES = "forge branch 2>/dev/null | sed 's/^[* ] //; s/ .*//'";

interface Completed {
  name: string;
  description: string;
  options: { flags: string[]; description: string }[];
  subcommands: Completed[];
}

export function completionScript(shell: Shell, commands: readonly Command[]): string {
  const completed = commands.map(describe);
  switch (shell) {
    case 'bash':
      return bash(completed);
    case 'zsh':
      return zsh(completed);
    case 'fish':
      return fish(completed);
  }
}

function describe(command: Command): Completed {
  return {
    name: command.name(),
    description: command.description(),
    options: command.options.map(({ short, long, description }) => ({
      flags: [short, long].filter((flag) => flag !== undefined),
      description,
    })),
    subcommands: command.commands.map(describe),
  };
}

function words({ options, subcommands }: Completed): string {
  const flags = options.flatMap((option) => option.flags);
  return [...subcommands.map(({ name }) => name), ...flags, ...COMMON].join(' ');
}

/** Paths are the default; options and subcommands are offered where they fit. */
function bash(commands: Completed[]): string {
  const cases = commands.map((command) => {
    const names = TAKE_BRANCHES.includes(command.name) ? ` $(${BRANCHES})` : '';
    return `    ${command.name}) words="${words(command)}${names}" ;;`;
  });
  return `_forge() {
  local current="\${COMP_WORDS[COMP_CWORD]}" command= word words i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    if [ "$word" = -C ]; then i=$((i + 1)); elif [ "\${word#-}" = "$word" ]; then command="$word"; break; fi
  done
  case "$command" in
    '') words="${commands.map(({ name }) => name).join(' ')} ${COMMON.join(' ')}" ;;
${cases.join('\n')}
    *) words= ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _forge forge
`;
}

function zsh(commands: Completed[]): string {
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const names = commands.map(({ name, description }) => `    ${quote(`${name}:${description}`)}`);
  const cases = commands.map((command) => {
    const extra =
      command.subcommands.length > 0
        ? [`compadd -- ${command.subcommands.map(({ name }) => name).join(' ')}`]
        : [];
    if (TAKE_BRANCHES.includes(command.name)) extra.push(`compadd -- \${(f)"$(${BRANCHES})"}`);
    const flags = [...command.options.flatMap((option) => option.flags), ...COMMON].join(' ');
    return `    ${command.name}) if [[ $PREFIX == -* ]]; then compadd -- ${flags}; else ${[...extra, '_files'].join('; ')}; fi ;;`;
  });
  return `#compdef forge
_forge() {
  local -a commands=(
${names.join('\n')}
  )
  local i=2
  while (( i < CURRENT )); do
    case $words[i] in
      -C) (( i += 2 )) ;;
      -*) (( i += 1 )) ;;
      *) break ;;
    esac
  done
  if (( i >= CURRENT )); then
    if [[ $PREFIX == -* ]]; then compadd -- ${COMMON.join(' ')}; else _describe command commands; fi
    return
  fi
  case $words[i] in
${cases.join('\n')}
  esac
}
compdef _forge forge
`;
}

function fish(commands: Completed[]): string {
  const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = ['complete -c forge -n __fish_use_subcommand -f'];
  for (const { name, description } of commands)
    lines.push(`complete -c forge -n __fish_use_subcommand -a ${name} -d ${quote(description)}`);
  for (const command of commands) {
    const seen = `-n '__fish_seen_subcommand_from ${command.name}'`;
    for (const { name, description } of command.subcommands)
      lines.push(`complete -c forge ${seen} -a ${name} -d ${quote(description)}`);
    if (TAKE_BRANCHES.includes(command.name))
      lines.push(`complete -c forge ${seen} -f -a ${quote(`(${BRANCHES})`)}`);
    for (const { flags, description } of command.options)
      lines.push(`complete -c forge ${seen} ${flags.map(fishFlag).join(' ')} -d ${quote(description)}`);
  }
  lines.push(
    `complete -c forge -s C -r -d 'run as if started in this folder'`,
    `complete -c forge -l json -d 'print one JSON document'`,
    `complete -c forge -s q -l quiet -d 'print neither progress nor summaries'`,
    `complete -c forge -l no-wait -d 'fail when another process is changing the repository'`,
  );
  return `${lines.join('\n')}\n`;
}

function fishFlag(flag: string): string {
  return flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`;
}
