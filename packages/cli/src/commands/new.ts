import { Option } from 'commander'
import {
  type AddCommand,
  type CommonOptions,
  positiveInteger,
  withCommonOptions,
} from './command.ts'

interface Options extends CommonOptions {
  readonly kind: string
  readonly out?: string
}

interface ExperimentOptions extends CommonOptions {
  readonly yes?: true
  readonly out?: string
  readonly target?: readonly string[]
  readonly test?: string
  readonly size?: number
  readonly task?: 'classification' | 'multi-label' | 'regression'
}

/** `ashlar new`: what one begins with, an experiment for one's data or a package that brings a plugin. */
export const addNew: AddCommand = (program, { name, terminal }) => {
  const group = program.command('new').description('write what one begins with')
  withCommonOptions(group.command('experiment'))
    .description('look at a folder of pictures or a table, and write an experiment that fits')
    .argument('<data>', 'a folder with a sub folder of pictures for each class, or a CSV file')
    .option('--yes', 'decide instead of asking')
    .option('--out <file>', 'the file to write (default: <data>.yaml in this folder)')
    .option(
      '--target <column>',
      'of a table: the column to predict; once more for each of several that say yes or no',
      (column: string, before: readonly string[] = []) => [...before, column],
    )
    .addOption(
      new Option('--task <task>', 'of a table: what is to be predicted').choices([
        'classification',
        'multi-label',
        'regression',
      ]),
    )
    .option('--test <file>', 'of a table: another one to test with')
    .option(
      '--size <pixels>',
      'of pictures: height and width that they are brought to',
      positiveInteger,
    )
    .addHelpText(
      'after',
      `
Examples:
  $ ${name} new experiment photos
  $ ${name} new experiment customers.csv --target churned --yes
  $ ${name} new experiment films.csv --target action --target comedy`,
    )
    .action(async (data: string, options: ExperimentOptions) => {
      const { createOutput } = await import('../terminal/output.ts')
      const { writeExperiment } = await import('../work/new-experiment.ts')
      const output = createOutput(options, terminal)
      await writeExperiment({ ...options, data, program: name }, output)
    })
  withCommonOptions(group.command('plugin'))
    .description('write a package that brings a plugin, with tests that pass')
    .argument('<name>', 'name of the plugin: lower case words joined with dashes')
    .option(
      '--kind <kind>',
      'model, block, dataset, loss, metric, optimizer, schedule, augmentation, callback, engine, exporter, suggester, scheduler or launcher',
      'block',
    )
    .option('--out <dir>', 'the folder to make (default: ashlar-plugin-<name>)')
    .addHelpText(
      'after',
      `
Examples:
  $ ${name} new plugin gated
  $ ${name} new plugin spirals --kind dataset --out plugins/spirals`,
    )
    .action(async (plugin: string, options: Options) => {
      const { createOutput } = await import('../terminal/output.ts')
      const { writePlugin } = await import('../work/new-plugin.ts')
      const request = { name: plugin, kind: options.kind, folder: options.out }
      await writePlugin(request, createOutput(options, terminal))
    })
  group.addHelpText(
    'after',
    `\nExamples:\n  $ ${name} new experiment photos\n  $ ${name} new plugin gated --kind block`,
  )
}
