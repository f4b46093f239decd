import { readFileSync } from 'node:fs'
import { type Argument, Command } from 'commander'
import type { CommandContext } from './commands/command.ts'
import { commands } from './commands/index.ts'
import { fitHelp } from './terminal/fit-help.ts'

/**
 * The command line as commander knows it. Loads nothing that computes: each command's work is imported when it is called.
 *
 * @param context what commands are told.
 * @returns a program that throws instead of ending the process, and leaves telling errors to its caller.
 */
export function createProgram(context: CommandContext): Command {
  const { name, terminal } = context
  const program = new Command(name)
    .description('Compose an experiment from plugins, train it, get a verified ONNX file.')
    .version(version())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(fitted(text, terminal.stdout)),
      writeErr: (text) => terminal.stderr.write(fitted(text, terminal.stderr)),
      // Our own line takes its place.
      outputError: () => undefined,
      getOutHelpWidth: () => terminal.stdout.columns ?? 100,
      getErrHelpWidth: () => terminal.stderr.columns ?? 100,
    })
    .configureHelp({
      // All of them have options.
      subcommandTerm: (command) =>
        [command.name(), ...command.registeredArguments.map(argumentText)].join(' '),
      // Beside long names of options there is less room than commander thinks worth it, in a window of 80 columns.
      minWidthToWrap: 24,
    })
    .helpCommand('help [command]', 'show what a command does, as --help after it')
    .addHelpText(
      'after',
      `
Examples:
  $ ${name} run mnist-mini-resnet                    train, test, export and verify
  $ ${name} run mnist-mini-resnet dataset.limit=20000 batchSize=32
  $ ${name} verify runs/<run>/model.onnx             hold the file against the model again
  $ ${name} summary resnet18                         layers, shapes, parameters, FLOPs
  $ ${name} plugins                                  what an experiment can be composed of

Exit codes: 0 done, 1 the work failed, 2 wrong usage, 130 stopped by Ctrl-C.`,
    )
  for (const add of commands) add(program, context)
  return program
}

/** What is read elsewhere than in a window is broken there. */
function fitted(text: string, { columns }: { readonly columns?: number | undefined }): string {
  return columns === undefined ? text : fitHelp(text, columns)
}

function argumentText(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`
  return argument.required ? `<${name}>` : `[${name}]`
}

function version(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
