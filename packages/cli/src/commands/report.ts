import { Option } from 'commander'
import {
  type AddCommand,
  type CommonOptions,
  type TrustOptions,
  withCommonOptions,
  withTrust,
} from './command.ts'

interface Options extends CommonOptions, TrustOptions {
  readonly out?: string
  readonly plots?: readonly ('svg' | 'png')[]
}

/** `ashlar report`: a run as one page. */
export const addReport: AddCommand = (program, { name, terminal }) => {
  withTrust(withCommonOptions(program.command('report')))
    .description('write a run as one HTML page: curves, confusion, mistakes, model, provenance')
    .argument('<run>', 'the folder of a run, or runs/latest')
    .argument('[key=value...]', 'overrides of its experiment: dataset.testLimit=1000')
    .option('--out <file>', 'the page to write (default: report.html in the run)')
    .addOption(
      new Option(
        '--plots <format...>',
        'plots and the diagram as files too, into plots/ beside the page',
      ).choices(['svg', 'png']),
    )
    .addHelpText(
      'after',
      `
Examples:
  $ ${name} report runs/latest
  $ ${name} report runs/<run> --plots svg png --out /tmp/page.html

A run that was not made here, and has plugins, is shown from what it recorded: its code is not run.`,
    )
    .action(async (path: string, overrides: string[], options: Options) => {
      const { createOutput } = await import('../terminal/output.ts')
      const { reportRun } = await import('../work/report.ts')
      await reportRun({ ...options, path, overrides }, createOutput(options, terminal))
    })
}
