import { type AddCommand, type CommonOptions, port, withCommonOptions } from './command.ts'

interface Options extends CommonOptions {
  readonly host?: string
  readonly port?: number
  readonly open?: true
}

/** `ashlar ui`: runs in a browser. */
export const addUi: AddCommand = (program, { name, terminal }) => {
  withCommonOptions(program.command('ui'))
    .description('look at runs in a browser, those under way live')
    .argument('[folder]', 'the folder that the runs are in', 'runs')
    .option('--port <number>', 'where to listen (default: a free one)', port)
    .option('--host <address>', 'an address of this machine alone (default: 127.0.0.1)')
    .option('--open', 'open the page in the browser')
    .addHelpText(
      'after',
      `
The page is for this machine alone: it listens to no other, and the address holds a token that nobody guesses. Nothing is loaded from
elsewhere. It shows runs as a table with filters and columns of your choice, their curves, runs beside each other, mistakes, classes,
and how busy the machine is; a run can be tagged, noted, and stopped.

Examples:
  $ ${name} ui
  $ ${name} ui sweeps --open
  $ ${name} ui --port 6060`,
    )
    .action(async (folder: string, options: Options) => {
      const { createOutput } = await import('../terminal/output.ts')
      const { serveUi } = await import('../work/ui.ts')
      await serveUi({ ...options, folder }, createOutput(options, terminal))
    })
}
