import { type AddCommand, type CommonOptions, withCommonOptions } from './command.ts'

/** `ashlar compare`: runs beside each other. */
export const addCompare: AddCommand = (program, { name, terminal }) => {
  withCommonOptions(program.command('compare'))
    .description('show where experiments differ, and what came of each')
    .argument('<run...>', 'the folders of two or more runs, or runs/latest')
    .addHelpText(
      'after',
      `
Examples:
  $ ${name} compare runs/<run> runs/<run>
  $ ${name} compare runs/* --json`,
    )
    .action(async (paths: string[], options: CommonOptions) => {
      const { createOutput } = await import('../terminal/output.ts')
      const { showComparison } = await import('../work/compare.ts')
      await showComparison(paths, createOutput(options, terminal))
    })
}
