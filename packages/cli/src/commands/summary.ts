import { InvalidArgumentError } from 'commander'
import {
  type AddCommand,
  asTargetOptions,
  type ExperimentOptions,
  withExperimentOptions,
} from './command.ts'

interface Options extends ExperimentOptions {
  readonly input?: readonly number[]
}

/** `ashlar summary`: what a model consists of. */
export const addSummary: AddCommand = (program, { name, terminal }) => {
  withExperimentOptions(program.command('summary'))
    .description('show the layers of a model with shapes, parameters and FLOPs')
    .argument(
      '<model>',
      'a model or block plugin, an ONNX file, an experiment (name or file) or the folder of a run',
    )
    .argument(
      '[key=value...]',
      'overrides: options of the plugin (numClasses=100), or of the experiment',
    )
    .option('--input <shape>', 'shape of one sample (default: of the dataset, 28,28,1)', shape)
    .addHelpText(
      'after',
      `
Examples:
  $ ${name} summary mini-resnet
  $ ${name} summary resnet18 numClasses=100 --input 32,32,3
  $ ${name} summary projection filters=128 strides=2 --input 9,9,64
  $ ${name} summary backbone.onnx --input 3,224,224
  $ ${name} summary mnist-mini-resnet --json`,
    )
    .action(async (target: string, overrides: string[], options: Options) => {
      const { createOutput } = await import('../terminal/output.ts')
      const { summarizeTarget } = await import('../work/summary.ts')
      const request = { target, input: options.input, ...asTargetOptions(options, overrides) }
      await summarizeTarget(request, createOutput(options, terminal))
    })
}

function shape(text: string): number[] {
  const sizes = text.split(/[,x]/).map(Number)
  if (sizes.every((size) => Number.isSafeInteger(size) && size > 0)) return sizes
  throw new InvalidArgumentError('must be positive integers joined with commas, such as 28,28,1.')
}
