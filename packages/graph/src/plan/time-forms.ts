import * as ort from 'onnxruntime-node'
import {
  allocate,
  createValue,
  emptyGraph,
  type Graph,
  isConstant,
  type Node,
  sizeOf,
  type TypedArray,
  type Value,
} from '../ir/index.ts'
import type { FormCall } from '../lower/forms.ts'
import type { Layout } from '../lower/layout.ts'
import type { Target } from '../lower/target.ts'
import { outputName } from '../onnx/names.ts'
import { onnx } from '../onnx/proto.ts'
import { modelProto } from '../onnx/write.ts'
import { mergeCommonSubexpressions } from '../passes/common-subexpressions.ts'
import { removeDeadCode } from '../passes/dead-code.ts'
import { lower } from '../passes/lowering/lower.ts'
import { addSentinel, canKeepInPlace, runInPlace } from '../session/in-place-outputs.ts'
import { createSession } from '../session/session.ts'

/** Runs of each form; the quickest counts, since whatever disturbs makes it slower. */
const RUNS = 3

/** A form that takes this many times what another takes is out after one run. */
const HOPELESS = 1.7

/** A form that is quicker than the usual one by this factor needs no second look. */
const CLEAR = 0.6

/** Calls in one run, on inputs of their own: what a run costs besides them counts little. */
const CALLS = 4

/** Elements of all calls together; calls on larger tensors are fewer, since they take long enough by themselves and memory as well. */
const ELEMENTS = 4_000_000

/** Further tries for a form whose times say little. */
const TRIES = 3

/** The quickest two runs differ by less than this on a machine that has nothing else to do. */
const STEADY = 1.15

/**
 * Milliseconds of each form of a call, by itself, on this machine. Inputs lie as they would in the graph, and the result is brought to the layout of
 * the first input, so that a form that changes layouts pays for it.
 *
 * One session at a time: the threads of an idle one keep spinning for a while, and would slow the others down.
 *
 * @returns undefined on a machine so busy that times say little.
 */
export async function timeForms(
  call: FormCall,
  target: Target,
  threads?: number,
): Promise<Record<string, number> | undefined> {
  const times: Record<string, number> = {}
  const best = () =>
    Object.keys(times).reduce((one, other) => (times[other]! < times[one]! ? other : one))
  const measure = async (form: string, limit: number) => {
    const time = await timeForm(call, { form, target, threads, limit })
    if (time !== undefined) times[form] = Math.min(time, times[form] ?? time)
    return time !== undefined
  }
  const [usual, ...others] = call.forms as [string, ...string[]]
  if (!(await measure(usual, Number.POSITIVE_INFINITY))) return undefined
  for (const form of others) {
    if (!(await measure(form, HOPELESS * times[best()]!))) return undefined
  }
  // Something else may have kept the machine busy while the usual form was timed: what would replace it is held against it once more.
  if (best() === usual || times[best()]! < CLEAR * times[usual]!) return times
  for (const form of [usual, best()]) {
    if (!(await measure(form, Number.POSITIVE_INFINITY))) return undefined
  }
  return times
}

interface Trial {
  readonly form: string
  readonly target: Target
  readonly threads: number | undefined
  /** Milliseconds above which one run says enough. */
  readonly limit: number
}

async function timeForm(call: FormCall, trial: Trial): Promise<number | undefined> {
  const calls = callsOf(call)
  const lowered = lowerCalls(call, trial, calls)
  const proto = modelProto(lowered, { opset: trial.target.opset })
  const inPlace = await canKeepInPlace()
  if (inPlace) addSentinel(proto)
  const session = await createSession(onnx.ModelProto.encode(proto).finish(), {
    ...trial,
    memoryPattern: false,
  })
  try {
    const feeds = tensorsOf(lowered.inputs.map(({ name, value }) => [name, value]))
    const fetches = tensorsOf(lowered.outputs.map((each) => [outputName(each), each.value]))
    const run = () =>
      inPlace ? runInPlace(session, feeds, fetches) : session.run(feeds, fetches).then(() => {})
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const times: number[] = []
      // The first run warms up.
      for (let index = 0; index <= RUNS; index++) {
        const began = performance.now()
        await run()
        if (index === 0) continue
        times.push((performance.now() - began) / calls)
        if (index === 1 && times[0]! > trial.limit) return times[0]
      }
      times.sort((a, b) => a - b)
      if (times[1]! < STEADY * times[0]!) return times[0]
    }
    return undefined
  } finally {
    await session.release()
  }
}

function callsOf({ node }: FormCall): number {
  const values = [...node.inputs, ...node.outputs]
  const elements = values.reduce((sum, value) => sum + (value ? Number(sizeOf(value.shape)) : 0), 0)
  return Math.max(1, Math.min(CALLS, Math.floor(ELEMENTS / elements)))
}

/** So many calls in one form, as they are timed. */
export function lowerCalls(
  call: FormCall,
  { form, target }: Pick<Trial, 'form' | 'target'>,
  calls: number,
): Graph {
  const graph = emptyGraph()
  const layouts = new Map<Value, readonly Layout[]>()
  const outputs = new Map<Value, Layout>()
  for (let index = 0; index < calls; index++) addCall(graph, call, { index, layouts, outputs })
  const lowered = lower(graph, target, {
    choose: () => form,
    // The form is one that was offered for the call, whatever graph that is of.
    trains: true,
    layouts,
    outputs,
  })
  mergeCommonSubexpressions(lowered)
  removeDeadCode(lowered)
  return lowered
}

interface Placing {
  readonly index: number
  readonly layouts: Map<Value, readonly Layout[]>
  readonly outputs: Map<Value, Layout>
}

/** A copy of the call, on graph inputs. */
function addCall(graph: Graph, { node, layouts }: FormCall, placing: Placing): void {
  const inputs = node.inputs.map((input, at) => {
    if (input === undefined || isConstant(input)) return input
    const name = `${node.inputNames[at]} ${placing.index}`
    const value = createValue(input.shape, input.dtype, { name })
    graph.inputs.push({ name, value, state: false })
    placing.layouts.set(value, layouts[at]!)
    return value
  })
  const outputs = node.outputs.map(({ shape, dtype }) => createValue(shape, dtype))
  const copy: Node = { ...node, inputs, outputs, scope: '' }
  graph.nodes.push(copy)
  for (const [at, value] of outputs.entries()) {
    value.node = copy
    const name = `output${at} ${placing.index}`
    graph.outputs.push({ name, value, state: false })
    // Another batch of images, not a filter.
    const { shape } = node.inputs[0]!
    if (value.shape.length === shape.length && value.shape[0] === shape[0])
      placing.outputs.set(value, layouts[0]![0]!)
  }
}

function tensorsOf(values: readonly (readonly [string, Value])[]): Record<string, ort.Tensor> {
  return Object.fromEntries(values.map(([name, value]) => [name, tensorOf(value)]))
}

function tensorOf({ dtype, shape }: Value): ort.Tensor {
  const data = allocate(dtype, Number(sizeOf(shape)))
  // Neither zero nor so small that it would be handled apart.
  if (dtype === 'float32') (data as Float32Array).fill(0.5)
  return new ort.Tensor(
    dtype as 'float32',
    data as TypedArray as Float32Array,
    shape as readonly number[],
  )
}
