import { type AddCommand, type CommonOptions, wholeNumber, withCommonOptions } from './command.ts'

interface Options extends CommonOptions {
  readonly out: string
  readonly sort?: string
  readonly limit: number
  readonly columns?: string
  readonly rebuild?: true
  readonly delete?: true
  readonly prune?: true
  readonly yes?: true
}

/** `ashlar runs`: what was trained. */
export const addRuns: AddCommand = (program, { name, terminal }) => {
  withCommonOptions(program.command('runs'))
    .description('list runs, those begun last first')
    .argument('[condition...]', 'only runs for which these hold: accuracy>0.98 tag=best')
    .option('--out <dir>', 'the folder that the runs are in', 'runs')
    .option('--sort <key>', 'the largest first; with a minus before the key, the smallest')
    .option('--limit <number>', 'how many are shown; 0 shows all', wholeNumber, 50)
    .option('--columns <keys>', 'what is shown, keys joined with commas: accuracy,optimizer.name')
    .option('--rebuild', 'read all run folders again')
    .option(
      '--delete',
      'delete those that are named, or for which the conditions hold; with --yes, else only show them',
    )
    .option(
      '--prune',
      'delete runs that failed and have neither tag nor note, and checkpoints of finished ones; with --yes, else only show',
    )
    .option('--yes', 'do it')
    .addHelpText(
      'after',
      `
Keys are run, experiment, outcome (finished, stopped, failed, running, killed), began, steps, seconds, parameters, commit, dirty,
note, tag, metrics by name (those of training as training.loss), and paths of the experiment (optimizer.learningRate).

Examples:
  $ ${name} runs
  $ ${name} runs 'accuracy>0.98' model.name=resnet18 --sort accuracy
  $ ${name} runs tag=best --columns accuracy,optimizer.name,epochs
  $ ${name} runs outcome=running --columns outcome,training.loss
  $ ${name} runs outcome=failed --json
  $ ${name} runs --delete <run> <run>
  $ ${name} runs 'accuracy<0.5' --delete --yes
  $ ${name} runs --prune`,
    )
    .action(async (conditions: string[], options: Options) => {
      const { createOutput } = await import('../terminal/output.ts')
      const output = createOutput(options, terminal)
      if (options.delete || options.prune) {
        const { removeRuns } = await import('../work/remove-runs.ts')
        await removeRuns({ ...options, conditions, program: name }, output)
        return
      }
      const { showRuns } = await import('../work/runs.ts')
      await showRuns({ ...options, conditions }, output)
    })
}
