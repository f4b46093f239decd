import { createProgram } from '@ashlar/cli'
import type { Argument, Command, Option } from 'commander'
import { code, markdownTable, type Page } from '../page.ts'
import { prose } from './options.ts'

/** The command as a reader types it. */
const NAME = 'npx ashlar'

/** A page for each command, made from what commander knows of it, and one that lists them. */
export function commandPages(): Page[] {
  const terminal = { stdout: process.stdout, stderr: process.stderr }
  const program = createProgram({ name: NAME, setExitCode: () => undefined, terminal })
  const commands = program.commands.filter((command) => command.name() !== 'help')
  return [indexPage(program, commands), ...commands.map(commandPage)]
}

function indexPage(program: Command, commands: readonly Command[]): Page {
  const rows = commands.map((command) => [
    `[${command.name()}](./${command.name()})`,
    prose(command.description()),
  ])
  const text = `# Commands

${prose(program.description())} \`${NAME} help COMMAND\` shows in a terminal what stands here.

${markdownTable(['command', ''], rows)}

${shown(afterHelp(program))}
`
  return { path: 'reference/commands/index.md', title: 'Commands', text }
}

function commandPage(command: Command): Page {
  const title = `ashlar ${command.name()}`
  const text = `# ${title}

${commandParts(command, [command.name()]).join('\n\n')}
`
  return { path: `reference/commands/${command.name()}.md`, title, text }
}

/** A command and those below it: `new`, then `new experiment`. */
function commandParts(command: Command, path: readonly string[]): string[] {
  const own = [
    ...(command.description() === '' ? [] : [`${sentence(command.description())}`]),
    shown(`${NAME} ${path.join(' ')} ${usageOf(command)}`.trim()),
    ...tables(command),
    ...(afterHelp(command) === '' ? [] : [shown(afterHelp(command))]),
  ]
  const below = command.commands
    .filter((each) => each.name() !== 'help')
    .flatMap((each) => {
      const names = [...path, each.name()]
      return [`## ${names.join(' ')}`, ...commandParts(each, names)]
    })
  return [...own, ...below]
}

function usageOf(command: Command): string {
  return command.usage()
}

function tables(command: Command): string[] {
  const args = command.registeredArguments.map(argumentRow)
  const options = command.options.filter(({ hidden }) => !hidden).map(optionRow)
  return [
    ...(args.length === 0 ? [] : [markdownTable(['argument', ''], args)]),
    ...(options.length === 0 ? [] : [markdownTable(['option', '', 'default'], options)]),
  ]
}

function argumentRow(argument: Argument): string[] {
  const name = argument.variadic ? `${argument.name()}...` : argument.name()
  return [code(argument.required ? `<${name}>` : bracketed(name)), prose(argument.description)]
}

function bracketed(name: string): string {
  return name.startsWith('[') ? name : `[${name}]`
}

function optionRow({ flags, description, argChoices, defaultValue }: Option): string[] {
  const choices = argChoices === undefined ? '' : ` One of ${argChoices.map(code).join(', ')}.`
  const fallback = defaultValue === undefined ? '' : code(JSON.stringify(defaultValue))
  return [code(flags), `${prose(description)}${choices}`, fallback]
}

/** What stands in a command's help behind its options: examples and exit codes. */
function afterHelp(command: Command): string {
  let text = ''
  command.configureOutput({
    writeOut: (more) => {
      text += more
    },
    getOutHelpWidth: () => 100,
  })
  command.outputHelp()
  return text.slice(command.helpInformation().length).trim()
}

function shown(text: string): string {
  return text === '' ? '' : `\`\`\`text\n${text}\n\`\`\``
}

/** Descriptions begin small, as they stand in lists. */
function sentence(text: string): string {
  const words = prose(text)
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${words.endsWith('.') ? '' : '.'}`
}
