import { type Command, InvalidArgumentError } from 'commander'
import type { ServeFlags } from '../work/serve.ts'
import {
  type AddCommand,
  type CommonOptions,
  port,
  positiveInteger,
  withCommonOptions,
  withTrust,
} from './command.ts'

/** `ashlar serve`: a server for exported models. */
export const addServe: AddCommand = (program, { name, terminal }) => {
  withRunOptions(withNetworkOptions(withTrust(withCommonOptions(program.command('serve')))))
    .description('serve exported models on the Open Inference Protocol')
    .argument('<target>', "a run, an ONNX file, or a folder in Triton's layout")
    .option('--name <name>', 'what clients call the model (default: name of the experiment)')
    .addHelpText(
      'after',
      `
Examples:
  $ ${name} serve runs/latest
  $ ${name} serve digits.onnx --port 9000 --name digits
  $ ${name} serve models --host 0.0.0.0 --watch`,
    )
    .action(async (target: string, flags: ServeFlags & CommonOptions) => {
      const { createOutput } = await import('../terminal/output.ts')
      const { serve } = await import('../work/serve.ts')
      await serve(target, flags, createOutput(flags, terminal))
    })
}

function withNetworkOptions(command: Command): Command {
  return command
    .option('--host <address>', 'where to listen (default: 127.0.0.1, this machine alone)')
    .option('--port <number>', 'of HTTP (default: 8000); 0 takes a free one', port)
    .option('--grpc-port <number>', 'of gRPC (default: none)', port)
    .option('--metrics-port <number>', 'of /metrics for Prometheus (default: none)', port)
    .option(
      '--admin-port <number>',
      'of loading and unloading, for this machine (default: none)',
      port,
    )
    .option('--admin-grpc-port <number>', 'the same over gRPC (default: none)', port)
    .option('--admin-token <token>', 'what clients of these must send; or $ASHLAR_ADMIN_TOKEN')
    .option('--token <token>', 'what clients must send as a bearer token; or $ASHLAR_TOKEN')
    .option(
      '--allowed-hosts <name...>',
      'names it may be called by beside localhost and --host; * for any',
    )
    .option('--cors <origin...>', 'origins of web pages that may call')
    .option('--log-level <level>', 'debug, info, warn, error or silent (default: info)', logLevel)
}

function withRunOptions(command: Command): Command {
  return command
    .option('--load <model...>', 'models to load at start (default: all)')
    .option(
      '--memory-limit <mb>',
      'load nothing that takes the server past so many MB',
      positiveInteger,
    )
    .option('--tracing', 'a span of OpenTelemetry for each request; needs @opentelemetry/api')
    .option('--watch', 'follow changes of the files: new versions replace old ones without a gap')
    .option(
      '--instances <number>',
      'sessions of each model, a process each (default: two, where there are two cores)',
      positiveInteger,
    )
    .option(
      '--threads <number>',
      'threads of one session (default: cores over sessions)',
      positiveInteger,
    )
    .option(
      '--max-batch <number>',
      'samples in one run, for models whose first sizes vary; 0 joins nothing (default: what the model says, else 0)',
      wholeNumber,
    )
    .option('--max-delay <ms>', 'how long a request waits for others (default: 0)', milliseconds)
    .option('--max-queue <number>', 'requests that may wait (default: 512)', positiveInteger)
    .option(
      '--timeout <ms>',
      'how long a request may take (default: as long as it takes)',
      positiveInteger,
    )
    .option(
      '--load-timeout <ms>',
      'how long a model may take until it is ready (default: 60000)',
      positiveInteger,
    )
    .option(
      '--leave-timeout <ms>',
      'how long requests under way may take after SIGTERM (default: 30000)',
      milliseconds,
    )
    .option('--leave-delay <ms>', 'how long to answer after SIGTERM (default: 0)', milliseconds)
}

function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('must be a whole number from 0.')
}

function milliseconds(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value < 1e9) return value
  throw new InvalidArgumentError('must be a number from 0.')
}

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

function logLevel(text: string): string {
  if (LEVELS.includes(text)) return text
  throw new InvalidArgumentError(`must be one of ${LEVELS.join(', ')}.`)
}
