import { type AddCommand, type CommonOptions, wholeNumber, withCommonOptions } from './command.ts'

interface Options extends CommonOptions {
  readonly batch: string
  readonly index: number
  readonly home?: string
  readonly trust?: true
}

/** `ashlar trial`: what a cluster's engine starts for each trial of a sweep. */
export const addTrial: AddCommand = (program, { name, setExitCode, terminal }) => {
  withCommonOptions(program.command('trial'))
    .description('train one trial of a sweep, as the launchers slurm and kubernetes have it done')
    .argument('<dir>', "the sweep's folder")
    .requiredOption('--batch <digest>', 'the batch that the sweep has put the trial into')
    .requiredOption('--index <number>', 'which of the batch, 0 for the first', wholeNumber)
    .option('--home <dir>', "where the experiment's plugins and data lie on this machine")
    .option('--trust', 'do what it asks for, though the sweep was not made here')
    .addHelpText(
      'after',
      `
It goes on from where anybody has got with the trial. SIGTERM has it leave after this step, with exit code 75: it can go on later, here or elsewhere.

Example:
  $ ${name} trial /mnt/shared/runs/<sweep> --batch <digest> --index 3`,
    )
    .action(async (dir: string, options: Options) => {
      const { createOutput } = await import('../terminal/output.ts')
      const { runBatchedTrial } = await import('../work/batched-trial.ts')
      setExitCode(await runBatchedTrial({ dir, ...options }, createOutput(options, terminal)))
    })
}
