import { Option } from 'commander'
import {
  type AddCommand,
  asFileLimits,
  asOverride,
  type CommonOptions,
  type FileLimitOptions,
  type TrustOptions,
  withCommonOptions,
  withFileLimits,
  withTrust,
} from './command.ts'

interface Options extends CommonOptions, FileLimitOptions, TrustOptions {
  readonly engine?: string
  readonly on: 'model' | 'onnx' | 'both'
  readonly tta?: string
}

/** `ashlar evaluate`: test a trained run. */
export const addEvaluate: AddCommand = (program, { name, terminal }) => {
  withTrust(withFileLimits(withCommonOptions(program.command('evaluate'))))
    .description('test a run: loss, metrics, and how well each class is found')
    .argument('<run>', 'the folder of a run, or runs/latest')
    .argument('[key=value...]', 'overrides of its experiment: dataset.testLimit=1000')
    .option(
      '--engine <name>',
      'what computes: onnxruntime, tfjs or tensorflow (default: that of the run)',
    )
    .addOption(
      new Option('--on <what>', 'the model, its exported file, or both side by side')
        .choices(['model', 'onnx', 'both'])
        .default('model'),
    )
    .option(
      '--tta <views>',
      'average predictions over views of each picture, and measure these: flip, flip-vertical, rotate, shift; several joined with commas',
    )
    .addHelpText(
      'after',
      `
Examples:
  $ ${name} evaluate runs/latest
  $ ${name} evaluate runs/latest --on both
  $ ${name} evaluate runs/latest --tta flip,shift
  $ ${name} evaluate runs/<run> --engine tfjs --json`,
    )
    .action(async (path: string, overrides: string[], options: Options) => {
      const { createOutput } = await import('../terminal/output.ts')
      const { evaluateRun } = await import('../work/evaluate.ts')
      await evaluateRun(
        {
          path,
          // First, so that options of the engine may follow.
          overrides: [...asOverride('engine', options.engine), ...overrides],
          on: options.on,
          tta: options.tta?.split(',') ?? [],
          trust: options.trust,
          limits: asFileLimits(options),
        },
        createOutput(options, terminal),
      )
    })
}
