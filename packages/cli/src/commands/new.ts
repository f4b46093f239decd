import { type AddCommand, type CommonOptions, withCommonOptions } from './command.ts'

interface Options extends CommonOptions {
  readonly kind: string
  readonly out?: string
}

/** `ashlar new plugin`: a package that brings a plugin. */
export const addNew: AddCommand = (program, { name, terminal }) => {
  const group = program.command('new').description('write what one begins with')
  withCommonOptions(group.command('plugin'))
    .description('write a package that brings a plugin, with tests that pass')
    .argument('<name>', 'name of the plugin: lower case words joined with dashes')
    .option('--kind <kind>', 'block, callback, dataset or exporter', 'block')
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
  group.addHelpText('after', `\nExamples:\n  $ ${name} new plugin gated --kind block`)
}
