import { exitCodes } from '../exit-codes.ts'
import {
  type AddCommand,
  asTargetOptions,
  type ExperimentOptions,
  positiveInteger,
  positiveNumber,
  wholeNumber,
  withExperimentOptions,
} from './command.ts'

interface Options extends ExperimentOptions {
  readonly trials?: number
  readonly metric?: string
  readonly suggester?: string
  readonly scheduler?: string
  readonly launcher?: string
  readonly queue?: string
  readonly constraint?: readonly string[]
  readonly seed?: number
  readonly minutes?: number
  readonly patience?: number
  readonly attempts?: number
  readonly parallel?: number
  readonly threads?: number
  readonly out?: string
  readonly dryRun?: true
  readonly resume?: string
}

/** `ashlar sweep`: one experiment, many trials. */
export const addSweep: AddCommand = (program, { name, setExitCode, terminal }) => {
  withExperimentOptions(program.command('sweep'))
    .description('train an experiment many times, with other values each, and find the best')
    .argument('[experiment]', 'a name, a file (YAML, JSON, TypeScript) or the folder of a run')
    .argument(
      '[key=value...]',
      'what varies, key=low..high or key=a,b,c, and overrides of every trial: epochs=9',
    )
    .option(
      '--metric <name>',
      'what makes a trial good: val_accuracy, val_loss, test_accuracy, ...',
    )
    .option('--trials <number>', 'at most so many (default: the whole grid)', positiveInteger)
    .option(
      '--suggester <plugin>',
      'grid, random, sobol or tpe (default: grid; random with any of --trials, --minutes and --patience)',
    )
    .option('--scheduler <plugin>', 'full, asha or halving (default: full)')
    .option(
      '--launcher <plugin>',
      'where trials are trained: local, bullmq, slurm or kubernetes (default: local)',
    )
    .option('--queue <url>', 'the queue of the launcher bullmq: redis://host:6379')
    .option('--constraint <expression...>', 'only trials for which this holds: "batchSize <= 64"')
    .option('--seed <number>', 'of suggestions (default: 0)', wholeNumber)
    .option('--minutes <number>', 'stop after so many minutes', positiveNumber)
    .option(
      '--patience <number>',
      'stop after so many results no better than the best',
      positiveInteger,
    )
    .option('--attempts <number>', 'times that a trial may be begun (default: 3)', positiveInteger)
    .option('--parallel <number>', 'trials at once', positiveInteger)
    .option('--threads <number>', 'threads of each trial', positiveInteger)
    .option('--out <dir>', "put the sweep's folder under this one (default: runs)")
    .option('--dry-run', 'list the trials, and make none')
    .option('--resume <dir>', 'go on with the sweep in this folder')
    .addHelpText(
      'after',
      `
Behind a range may stand :log (ratios count), :step=NUMBER, and :points=NUMBER, which a grid takes of it. A plugin with options is
written as '{name: asha, eta: 4}'; ${name} plugins --kind launcher shows what there is.

Examples:
  $ ${name} sweep mnist-mini-resnet optimizer.learningRate.initial=1e-4..1e-2:log batchSize=32,64 \\
      dataset.validation=0.1 --trials 20 --metric val_accuracy
  $ ${name} sweep digits.yaml optimizer.learningRate=1e-4..1e-1:log epochs=9 --scheduler asha --trials 40 --metric val_loss
  $ ${name} sweep digits.yaml seed=0..4 --metric test_accuracy
  $ ${name} sweep digits.yaml seed=0..99 --metric val_loss --launcher bullmq --queue redis://host:6379
  $ ${name} sweep digits.yaml seed=0..99 --metric val_loss --launcher '{name: slurm, partition: short, time: "1:00:00", memory: 4G}'
  $ ${name} sweep digits.yaml seed=0..99 --metric val_loss --launcher '{name: kubernetes, image: "team/ashlar:1", claim: runs, apply: true}'
  $ ${name} sweep --resume runs/<sweep>
  $ ${name} run runs/<sweep>/best.yaml`,
    )
    .action(async (experiment: string | undefined, args: string[], options: Options) => {
      const { createOutput } = await import('../terminal/output.ts')
      const { runSweepCommand } = await import('../work/sweep.ts')
      const asked = {
        ...options,
        ...{ experiment, args, name },
        target: asTargetOptions(options, []),
      }
      const { interrupted, failed } = await runSweepCommand(asked, createOutput(options, terminal))
      if (interrupted) setExitCode(exitCodes.interrupted)
      else if (failed) setExitCode(exitCodes.failed)
    })
}
