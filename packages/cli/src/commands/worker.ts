import {
  type AddCommand,
  type CommonOptions,
  positiveInteger,
  withCommonOptions,
} from './command.ts'

interface Options extends CommonOptions {
  readonly queue?: string
  readonly workers?: number
  readonly name?: string
  readonly runs?: string
  readonly home?: string
  readonly scratch?: string
  readonly lease?: number
}

/** `ashlar worker`: trains what sweeps put into a queue. */
export const addWorker: AddCommand = (program, { name, terminal }) => {
  withCommonOptions(program.command('worker'))
    .description('take trials of sweeps from a queue and train them, until Ctrl-C')
    .option('--queue <url>', 'redis://host:6379 (default: what ASHLAR_QUEUE says)')
    .option('--workers <number>', 'trials at once (default: one for each core)', positiveInteger)
    .option('--name <name>', 'what others call it (default: host and process)')
    .option('--runs <dir>', "the folder that holds the sweeps' folders on this machine")
    .option('--home <dir>', "where the experiments' plugins and data lie on this machine")
    .option(
      '--scratch <dir>',
      'where trials that go to a store are trained (default: a folder of your cache)',
    )
    .option(
      '--lease <seconds>',
      'a trial goes to another worker when this one is silent for so long (default: 30)',
      positiveInteger,
    )
    .addHelpText(
      'after',
      `
Plugins are packages that are installed at --home, or files in it; without --home none is loaded. Whoever can write to the queue can have this machine
train what it likes, read and write files as this user, and call addresses: keep Redis to yourself.

Examples:
  $ ${name} worker --queue redis://host:6379
  $ ${name} worker --queue redis://host:6379 --runs /mnt/shared/runs --home /mnt/shared/digits`,
    )
    .action(async (options: Options) => {
      const { createOutput } = await import('../terminal/output.ts')
      const { runWorker } = await import('../work/worker.ts')
      await runWorker(options, createOutput(options, terminal))
    })
}
