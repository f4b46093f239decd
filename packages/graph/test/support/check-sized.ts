import { EngineError, ShapeError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import * as ort from 'onnxruntime-node'
import { captureDynamic } from '../../src/capture/dynamic.ts'
import { boundsOf, type Graph, type SymbolicDim } from '../../src/ir/index.ts'
import { writeOnnx } from '../../src/onnx/write.ts'
import { optimizeForExport } from '../../src/passes/export.ts'
import { createSession } from '../../src/session/session.ts'
import { irregularSizes, type SizedProgram } from './sized-programs.ts'

/** How a program came out. */
export interface SizedResult {
  /** Why it was not exported. */
  readonly refused?: string
  /** At which sizes it came out wrong, and how. */
  readonly wrong: readonly string[]
  /** How many sizes it was run at: those that tfjs takes, and the file says that it takes. */
  readonly ran: number
}

/** Exports a program with sizes that vary, and holds the file against tfjs at irregular sizes. */
export async function checkSized(program: SizedProgram, count: number): Promise<SizedResult> {
  const names = ['a', 'b'].slice(0, program.images)
  let captured: Graph
  let bytes: Uint8Array
  try {
    const spec = { shape: ['batch', null, null, 2], dtype: 'float32' } as const
    captured = captureDynamic(
      (inputs) => ({ y: program.run(...names.map((name) => inputs[name] as tf.Tensor4D)) }),
      { inputs: Object.fromEntries(names.map((name) => [name, spec])) },
    )
    bytes = writeOnnx(await optimizeForExport(captured, 17), {
      opset: 17,
      dimName: ({ key }) => `d${key}`,
    })
  } catch (error) {
    if (!(error instanceof EngineError || error instanceof ShapeError)) throw error
    return { refused: error.message, wrong: [], ran: 0 }
  }
  const session = await createSession(bytes)
  const wrong: string[] = []
  let ran = 0
  for (const [index, sizes] of irregularSizes(count, program.images).entries()) {
    const batch = index === 3 ? 2 : 1
    const shapes = names.map((_, at) => [batch, sizes[2 * at]!, sizes[2 * at + 1]!, 2])
    if (!isWithin(captured, shapes)) continue
    const images = shapes.map((shape, at) =>
      tf.randomNormal(shape as [number, number, number, number], 0, 1, 'float32', 1 + at + index),
    )
    try {
      const expected = eagerly(program, images as tf.Tensor4D[])
      if (expected === undefined) continue
      ran++
      const fault = await difference(session, names, images, expected)
      if (fault !== undefined) wrong.push(`${shapes.join(' and ')}: ${fault}`)
      expected.dispose()
    } finally {
      tf.dispose(images)
    }
  }
  await session.release()
  return { wrong, ran }
}

/** Whether the captured inputs take sizes: multiples and bounds are in them. */
function isWithin(graph: Graph, shapes: readonly (readonly number[])[]): boolean {
  const known = new Map<string, number>()
  return graph.inputs.every(({ value }, input) =>
    value.shape.every((size, axis) => {
      const given = shapes[input]![axis]!
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
function eagerly(program: SizedProgram, images: readonly tf.Tensor4D[]): tf.Tensor | undefined {
  try {
    const y = tf.tidy(() => program.run(...images))
    return y.size > 0 ? y : undefined
  } catch {
    return undefined
  }
}

async function difference(
  session: ort.InferenceSession,
  names: readonly string[],
  images: readonly tf.Tensor[],
  expected: tf.Tensor,
): Promise<string | undefined> {
  try {
    const feeds = names.map((name, at) => {
      const image = images[at]!
      return [name, new ort.Tensor('float32', image.dataSync() as Float32Array, image.shape)]
    })
    const { y } = await session.run(Object.fromEntries(feeds))
    if (y!.dims.join() !== expected.shape.join()) return `[${y!.dims}] for [${expected.shape}]`
    const data = Float32Array.from(expected.dataSync() as Float32Array)
    const given = y!.data as Float32Array
    const scale = data.reduce((most, each) => Math.max(most, Math.abs(each)), 1)
    const apart = data.reduce((most, each, at) => Math.max(most, Math.abs(each - given[at]!)), 0)
    return apart <= 2e-4 * scale ? undefined : `apart by ${apart} of ${scale}`
  } catch (error) {
    return `fails: ${(error as Error).message.slice(0, 200)}`
  }
}
