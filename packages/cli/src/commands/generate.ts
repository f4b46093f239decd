import { InvalidArgumentError } from 'commander'
import {
  type AddCommand,
  asFileLimits,
  type CommonOptions,
  type FileLimitOptions,
  positiveInteger,
  withCommonOptions,
  withFileLimits,
} from './command.ts'

interface Options extends CommonOptions, FileLimitOptions {
  readonly tokens: number
  readonly temperature: number
  readonly topP: number
  readonly seed: number
}

/** `ashlar generate`: goes on with a text. */
export const addGenerate: AddCommand = (program, { name, terminal }) => {
  withFileLimits(withCommonOptions(program.command('generate')))
    .description('let a language model go on with a text')
    .argument('<model>', 'the folder of a run that was exported, or its generate.onnx')
    .argument('<prompt>', 'the text to go on from')
    .option('--tokens <count>', 'how many tokens to add', positiveInteger, 200)
    .option(
      '--temperature <number>',
      'below 1 more of the likely; 0 takes the likeliest',
      number,
      1,
    )
    .option('--top-p <share>', 'choose of the likeliest that have this share together', number, 1)
    .option('--seed <number>', 'governs what is chosen', number, 0)
    .addHelpText(
      'after',
      `
The file keeps what it has computed of the tokens before (past in, present out), so that each token takes the time of one.

Examples:
  $ ${name} run text-gpt
  $ ${name} generate runs/latest "the fox" --temperature 0.8 --top-p 0.95`,
    )
    .action(async (model: string, prompt: string, options: Options) => {
      const { createOutput } = await import('../terminal/output.ts')
      const { generateText } = await import('../work/generate.ts')
      const limits = asFileLimits(options)
      await generateText({ ...options, model, prompt, limits }, createOutput(options, terminal))
    })
}

function number(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value)) return value
  throw new InvalidArgumentError('must be a number.')
}
