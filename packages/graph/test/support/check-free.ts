import { EngineError, ShapeError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import * as ort from 'onnxruntime-node'
import { captureDynamic, type DynamicInput } from '../../src/capture/dynamic.ts'
import { boundsOf, type Graph, type SymbolicDim } from '../../src/ir/index.ts'
import { writeOnnx } from '../../src/onnx/write.ts'
import { optimizeForExport } from '../../src/passes/export.ts'
import { createSession } from '../../src/session/session.ts'

type Tensors = Readonly<Record<string, tf.Tensor>>
type Shapes = Readonly<Record<string, readonly number[]>>

/** A program of named tensors, whose inputs vary in size. */
export interface FreeProgram {
  readonly inputs: Readonly<Record<string, DynamicInput>>
  // biome-ignore lint/suspicious/noExplicitAny: a program takes tensors of the ranks that its inputs say.
  run(inputs: any): Tensors
}

/** How a program came out. */
export interface SizedResult {
  /** Why it was not exported. */
  readonly refused?: string
  /** At which sizes it came out wrong, and how. */
  readonly wrong: readonly string[]
  /** How many sizes it was run at: those that tfjs takes, and the file says that it takes. */
  readonly ran: number
}

/** Lowers a program with sizes that vary, for a file if nothing else is said, and holds it against tfjs at these shapes. */
export async function checkFree(
  program: FreeProgram,
  all: readonly Shapes[],
  lowered: (graph: Graph) => Graph | Promise<Graph> = (graph) => optimizeForExport(graph, 17),
): Promise<SizedResult> {
  let captured: Graph
  let bytes: Uint8Array
  try {
    captured = captureDynamic((inputs) => program.run(inputs), { inputs: program.inputs })
    bytes = writeOnnx(await lowered(captured), {
      opset: 17,
      dimName: ({ key }) => `d${key}`,
    })
  } catch (error) {
    // What tfjs takes at no size is no program.
    if (!all.some((shapes, index) => isTaken(program, shapes, index))) return { wrong: [], ran: 0 }
    if (!(error instanceof EngineError || error instanceof ShapeError)) throw error
    return { refused: error.message, wrong: [], ran: 0 }
  }
  const session = await createSession(bytes)
  const wrong: string[] = []
  let ran = 0
  for (const [index, shapes] of all.entries()) {
    if (!isWithin(captured, shapes)) continue
    const inputs = made(program, shapes, index)
    try {
      const expected = eagerly(program, inputs)
      if (expected === undefined) continue
      ran++
      const fault = await difference(session, inputs, expected)
      if (fault !== undefined) wrong.push(`${Object.values(shapes).join(' and ')}: ${fault}`)
      tf.dispose(expected as tf.TensorContainer)
    } finally {
      tf.dispose(inputs as tf.TensorContainer)
    }
  }
  await session.release()
  return { wrong, ran }
}

function made({ inputs }: FreeProgram, shapes: Shapes, index: number): Tensors {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { dtype }], at) => {
      const shape = [...shapes[name]!]
      const tensor =
        dtype === 'int32'
          ? tf.randomUniform(shape, 0, 7, 'int32', 1 + at + index)
          : tf.randomNormal(shape, 0, 1, 'float32', 1 + at + index)
      return [name, tensor]
    }),
  )
}

/** Whether the captured inputs take sizes: multiples and bounds are in them. */
function isWithin(graph: Graph, shapes: Shapes): boolean {
  const known = new Map<string, number>()
  return graph.inputs.every(({ name, value }) =>
    value.shape.every((size, axis) => {
      const given = shapes[name]![axis]!
      if (typeof size === 'number') return size === given
      const [low, high] = boundsOf(size)
      const other = known.get(size.key) ?? given
      known.set(size.key, other)
      const multiple = (size as SymbolicDim).terms[0]!.coefficient
      return other === given && low <= given && given <= high && given % multiple === 0
    }),
  )
}

/** What tfjs gives; undefined for sizes that it does not take. */
function eagerly(program: FreeProgram, inputs: Tensors): Tensors | undefined {
  try {
    const outputs = tf.tidy(() => program.run(inputs) as tf.TensorContainerObject) as Tensors
    return Object.values(outputs).every(({ size }) => size > 0) ? outputs : undefined
  } catch {
    return undefined
  }
}

function isTaken(program: FreeProgram, shapes: Shapes, index: number): boolean {
  const inputs = made(program, shapes, index)
  const outputs = eagerly(program, inputs)
  tf.dispose([inputs, outputs ?? {}] as tf.TensorContainer)
  return outputs !== undefined
}

async function difference(
  session: ort.InferenceSession,
  inputs: Tensors,
  expected: Tensors,
): Promise<string | undefined> {
  const wanted = session.inputNames
  const feeds = wanted.map((name) => {
    const tensor = inputs[name]!
    return [
      name,
      new ort.Tensor(tensor.dtype as 'float32', tensor.dataSync() as Float32Array, tensor.shape),
    ]
  })
  try {
    const given = await session.run(Object.fromEntries(feeds))
    for (const [name, tensor] of Object.entries(expected)) {
      const fault = apart(given[name], tensor)
      if (fault !== undefined) return `${name} ${fault}`
    }
    return undefined
  } catch (error) {
    return `fails: ${(error as Error).message.slice(0, 200)}`
  }
}

function apart(given: ort.Tensor | undefined, expected: tf.Tensor): string | undefined {
  if (given === undefined) return 'is not there'
  if (given.dims.join() !== expected.shape.join()) return `[${given.dims}] for [${expected.shape}]`
  const numbers = Float32Array.from(given.data as Float32Array)
  const data = Float32Array.from(expected.dataSync() as Float32Array)
  // The mean of nothing is no number.
  const isNear = (a: number, b: number, most: number) =>
    Math.abs(a - b) <= most || (Number.isNaN(a) && Number.isNaN(b))
  const scale = data.reduce((most, each) => Math.max(most, Math.abs(each) || 0), 1)
  const far = data.findIndex((each, at) => !isNear(each, numbers[at]!, 2e-4 * scale))
  return far < 0 ? undefined : `gives ${numbers[far]} for ${data[far]} of at most ${scale}`
}
