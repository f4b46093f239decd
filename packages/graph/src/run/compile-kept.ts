import { createHash } from 'node:crypto'
import * as ort from 'onnxruntime-node'
import type { SteadyGraph } from '../capture/steady.ts'
import { graphTree } from '../ir/index.ts'
import type { Target } from '../lower/target.ts'
import { isOwnKernel } from '../ops/table.ts'
import { canKeepInPlace } from '../session/in-place-outputs.ts'
import { defaultForms } from '../session/options.ts'
import { build } from './build.ts'
import {
  defaultTarget,
  finish,
  type ProgramOptions,
  type RunnableProgram,
  requireState,
  start,
  staysOnDevice,
} from './compile.ts'
import type { FinishedProgram } from './finished-program.ts'
import { openProgramStore, type ProgramStore } from './program-store.ts'
import type { StateStore } from './state-store.ts'

/** Where programs are kept, and what made them. */
export interface Keeping {
  readonly store: ProgramStore
  /** Of the code that lowers: other code may lower otherwise. */
  readonly build: string
}

/** Programs with fewer nodes are lowered as quickly as they are read. */
const FEWEST_NODES = 50

/**
 * Compiles a captured graph as `compile` does, or takes what an earlier process has made of the same graph: most of the time that a start takes besides
 * capturing.
 *
 * @param keeping default: the user's cache folder; from sources, which change from start to start, nothing is kept.
 */
export async function compileKept(
  { graph, fingerprint }: SteadyGraph,
  options: ProgramOptions = {},
  keeping: Keeping | undefined = defaultKeeping(),
): Promise<RunnableProgram> {
  requireState(graph, options.state)
  const target = options.target ?? (await defaultTarget(options))
  const isKept =
    keeping !== undefined &&
    options.cache !== false &&
    graph.nodes.length >= FEWEST_NODES &&
    // Times that are measured, choices of a function and kernels of somebody else's are not told from their results.
    options.choose === undefined &&
    graphTree(graph).every(({ nodes }) => nodes.every(({ op }) => isOwnKernel(op))) &&
    (target.portable || (options.forms ?? defaultForms()) !== 'measured')
  if (!isKept) return start((await finish(graph, target, options)).program, options)
  const key = keyOf(fingerprint, {
    ...{ target, build: keeping.build, inPlace: await canKeepInPlace() },
    onDevice: staysOnDevice(options),
    trains: options.trains,
  })
  const known = keeping.store.get(key)
  if (known !== undefined && fits(known, options.state)) return start(known, options)
  const refused = options.state?.refused
  const { program } = await finish(graph, target, options)
  const runnable = await start(program, options)
  // What onnxruntime has refused is not kept, nor what had to do with variables as another program has laid them: it fits everywhere, and is the slower one.
  if (options.state?.refused === refused && known === undefined) keeping.store.add(key, program)
  return runnable
}

/** Of everything that a program follows from. */
function keyOf(
  lines: SteadyGraph['fingerprint'],
  settings: {
    readonly target: Target
    readonly build: string
    readonly inPlace: boolean
    readonly onDevice: boolean
    readonly trains: boolean | undefined
  },
): string {
  const hash = createHash('sha256')
  hash.update(JSON.stringify({ ...settings, onnxruntime: ort.env.versions.node }))
  for (const { text } of lines) hash.update(`\n${text}`)
  return hash.digest('hex')
}

/** Whether variables can be laid as a program wants them; those that another program has laid otherwise cannot. */
function fits({ read, written }: FinishedProgram, state: StateStore | undefined): boolean {
  return [...read, ...written].every(
    ({ view: { variables } }) => variables.length === 1 || state?.arrange(variables) === true,
  )
}

function defaultKeeping(): Keeping | undefined {
  return build === undefined ? undefined : { store: openProgramStore(), build }
}
