import type { FileLimits } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { ExitCode } from '../exit-codes.ts'
import type { Terminal } from '../terminal/output.ts'
import type { ReductionRequest } from '../work/reduce.ts'
import type { TargetOptions, TrainingTarget } from '../work/target.ts'

/** What commands are told when they are added to the program. */
export interface CommandContext {
  /** What the user types to start the program. */
  readonly name: string
  readonly setExitCode: (code: ExitCode) => void
  readonly terminal: Terminal
}

/** Adds a command to the program. */
export type AddCommand = (program: Command, context: CommandContext) => void

/** The options that every command has. */
export interface CommonOptions {
  readonly json?: true
  readonly verbose?: true
}

/** Adds the {@link CommonOptions} to a command. */
export function withCommonOptions(command: Command): Command {
  return command
    .option('--json', 'print one JSON object, for machines')
    .option('--verbose', 'show stack traces with errors')
}

/** The option of commands that take what somebody else may have made. */
export interface TrustOptions {
  readonly trust?: true
}

/** Adds the {@link TrustOptions} to a command. */
export function withTrust(command: Command): Command {
  return command.option(
    '--trust',
    'let a run or file that was not made here run its plugins, and read, write and call what it says',
  )
}

/** The options of commands that read experiments. */
export interface ExperimentOptions extends CommonOptions, TrustOptions {
  readonly allowEnv?: readonly string[]
}

/** Adds the {@link ExperimentOptions} to a command. */
export function withExperimentOptions(command: Command): Command {
  return withTrust(withCommonOptions(command)).option(
    '--allow-env <name...>',
    'let the experiment read these environment variables, besides ASHLAR_*',
  )
}

/** How the experiment that a command is about is read. */
export function asTargetOptions(
  { allowEnv = [], trust }: ExperimentOptions,
  overrides: readonly string[],
): TargetOptions {
  return { overrides, allowEnv, trust }
}

/** The argument that most commands take after their first. */
export const OVERRIDES = {
  name: '[key=value...]',
  description:
    'overrides of the experiment, keys joined with dots: dataset.limit=4000; +key=value adds, ~key removes',
} as const

/** The option that goes on with a run instead of beginning one. */
const RESUME = {
  flags: '--resume <run>',
  description: 'go on with an interrupted run from its last checkpoint, bit for bit',
} as const

/**
 * Tells the arguments of a command that trains apart: with `--resume`, all of them are overrides.
 *
 * @throws ConfigError when there is neither an experiment nor a run to go on with.
 */
export function trainingTarget(
  experiment: string | undefined,
  overrides: readonly string[],
  resume: string | undefined,
): TrainingTarget {
  const first = experiment === undefined ? [] : [experiment]
  if (resume !== undefined) {
    return { target: resume, overrides: [...first, ...overrides], resume: true }
  }
  if (experiment !== undefined) return { target: experiment, overrides, resume: false }
  throw new ConfigError({
    where: 'ashlar',
    expected: 'an experiment must be given, or a run to go on with: --resume <run>',
    hint: 'See ashlar --help.',
  })
}

/** Reads a whole number above 0 from an option. */
export function positiveInteger(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new InvalidArgumentError('must be a positive integer.')
}

/** Reads a whole number, 0 or more, from an option. */
export function wholeNumber(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= 0) return value
  throw new InvalidArgumentError('must be a whole number, 0 or more.')
}

/** Reads a number above 0 from an option. */
export function positiveNumber(text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new InvalidArgumentError('must be a number above 0.')
}

/** Reads the number of a port from an option; 0 stands for a free one. */
export function port(text: string): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value < 65_536) return value
  throw new InvalidArgumentError('must be a number from 0 to 65535.')
}

/** The options of commands that run exported files. */
export interface FileLimitOptions {
  readonly timeout?: number
  readonly memory?: number
}

/** Adds the {@link FileLimitOptions} to a command. */
export function withFileLimits(command: Command): Command {
  return command
    .option(
      '--timeout <seconds>',
      'what loading the file and each batch may take (default: 60)',
      positiveNumber,
    )
    .option(
      '--memory <MiB>',
      'what the file may hold while it runs (default: 4096 and four times its size)',
      positiveNumber,
    )
}

/** Those options as exporters take them. */
export function asFileLimits({ timeout, memory }: FileLimitOptions): FileLimits {
  return { seconds: timeout, memory }
}

/** The options of commands that write smaller files. */
export interface ReductionOptions {
  readonly precision?: 'fp32' | 'fp16'
  readonly quantize?: 'int8' | 'dynamic'
  readonly maxDrop?: number
  readonly keepSensitive?: true
  readonly calibrationSamples?: number
}

/** Adds the {@link ReductionOptions} to a command. */
export function withReduction(command: Command): Command {
  return command
    .addOption(
      new Option('--precision <type>', 'also write a file of half precision').choices([
        'fp32',
        'fp16',
      ]),
    )
    .addOption(
      new Option(
        '--quantize <kind>',
        'also write a file of int8: `int8` by ranges seen on samples, `dynamic` by those of each run, for networks of matrix products',
      ).choices(['int8', 'dynamic']),
    )
    .option('--max-drop <points>', 'what the smaller file may lose (default: 1)', points)
    .option('--keep-sensitive', 'leave the layers that lose most in float, as many as it takes')
    .option(
      '--calibration-samples <number>',
      'samples that ranges are found on (default: 256)',
      positiveInteger,
    )
}

/** Those options as the work takes them. */
export function asReduction(options: ReductionOptions): ReductionRequest {
  const { precision, quantize, maxDrop, keepSensitive, calibrationSamples } = options
  return {
    ...{ precision, quantize, maxDrop, keepSensitive },
    calibrationCount: calibrationSamples,
  }
}

function points(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 100) return value
  throw new InvalidArgumentError('must be a number of points from 0 to 100.')
}

/** An option as an override of the experiment; `undefined` for an option that was not given. */
export function asOverride(key: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`${key}=${JSON.stringify(value)}`]
}

/** What every command that trains takes. */
export interface TrainingOptions extends ExperimentOptions {
  readonly resume?: string
  readonly out?: string
  readonly engine?: string
  readonly explain?: boolean
}

/** Adds the arguments and {@link TrainingOptions} of a command that trains. */
export function withTrainingOptions(command: Command): Command {
  return withExperimentOptions(command)
    .argument('[experiment]', 'a name, a file (YAML, JSON, TypeScript) or the folder of a run')
    .argument(OVERRIDES.name, OVERRIDES.description)
    .option(RESUME.flags, RESUME.description)
    .option('--out <dir>', 'put the run folder under this one (default: runs)')
    .option(
      '--engine <name>',
      'what computes: onnxruntime, tfjs or tensorflow (default: onnxruntime)',
    )
    .option('--explain', 'first show where the time of a step goes, as `explain` does')
}

/** How the experiment of a command that trains is read: its options are overrides too. */
export function asTrainingOptions(
  { overrides }: TrainingTarget,
  options: TrainingOptions,
  more: readonly string[] = [],
): TargetOptions {
  // The engine first, so that options of it may follow: --engine tfjs engine.backend=cpu
  return asTargetOptions(options, [
    ...asOverride('engine', options.engine),
    ...overrides,
    ...asOverride('out', options.out),
    ...more,
  ])
}
