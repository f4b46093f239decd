import { type AddCommand, type CommonOptions, withCommonOptions } from './command.ts'

interface Options extends CommonOptions {
  readonly remove?: readonly string[]
  readonly note?: string
}

/** `ashlar tag`: tags and a note for a run. */
export const addTag: AddCommand = (program, { name, terminal }) => {
  withCommonOptions(program.command('tag'))
    .description('give a run tags and a note; without any, show them')
    .argument('<run>', 'the folder of a run, or runs/latest')
    .argument('[tag...]', 'tags to add')
    .option('--remove <tag...>', 'tags to take away')
    .option('--note <text>', 'what is worth remembering; takes the place of the note before')
    .addHelpText(
      'after',
      `
Examples:
  $ ${name} tag runs/latest best
  $ ${name} tag runs/<run> --remove best --note 'learning rate too high'
  $ ${name} runs tag=best`,
    )
    .action(async (path: string, tags: string[], options: Options) => {
      const { createOutput } = await import('../terminal/output.ts')
      const { tagRun } = await import('../work/tag.ts')
      await tagRun({ ...options, path, tags }, createOutput(options, terminal))
    })
}
