import {
  captureDynamic,
  type KernelDeclaration,
  type KernelExample,
  listKernels,
  lower,
  portableTarget,
  registerOps,
} from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'

/** What the table says of one kernel. */
export interface KernelRow {
  readonly kernel: string
  /** One op of standard ONNX (beside reshapes and casts), several, or none. */
  readonly kind: 'lowers' | 'composed' | 'refused'
  /** The ops of the first example, or the reason of a refusal. */
  readonly meaning: string
  readonly checks: string
  /** What a user should know about its numbers. */
  readonly note: string
  readonly isOwn: boolean
}

/** Ops that only move or rename numbers: a kernel that needs them beside one other op still lowers to that op. */
const PLUMBING = new Set(['Reshape', 'Transpose', 'Cast', 'Expand'])

/** All kernels of the op table, by name. */
export function kernelRows(): KernelRow[] {
  registerOps()
  return listKernels()
    .map(row)
    .toSorted((a, b) => (a.kernel < b.kernel ? -1 : 1))
}

function row(declaration: KernelDeclaration): KernelRow {
  const { kernel, lower: lowering, isOwn = false, note = '' } = declaration
  if (typeof lowering !== 'function') {
    const meaning = lowering.refused
    return { kernel, kind: 'refused', meaning, isOwn, note, checks: 'the refusal, with its reason' }
  }
  const [example] = declaration.examples
  const checks = checksOf(declaration)
  // Kernels without an example are Ashlar's own forms and what is written for them.
  if (example === undefined) return { kernel, kind: 'composed', meaning: '', isOwn, note, checks }
  const ops = opsOf(declaration, example)
  const computing = ops.filter((op) => !PLUMBING.has(op))
  const kind = computing.length <= 1 ? 'lowers' : 'composed'
  const shown = [...new Set(computing.length === 0 ? ops : computing)]
  return { kernel, kind, meaning: shown.join(', ') || 'no op', isOwn, note, checks }
}

/** The ONNX ops that a call becomes. */
function opsOf({ kernel }: KernelDeclaration, example: KernelExample): string[] {
  const inputs = Object.entries(example.inputs).map(([name, { shape, dtype }]) => [
    name,
    { shape, dtype: (dtype ?? 'float32') as 'float32' },
  ])
  const graph = captureDynamic(
    (given) => {
      const tensors = '0' in given ? Object.values(given) : given
      const attrs = (example.attrs ?? {}) as never
      const called = tf.engine().runKernel(kernel, tensors as never, attrs) as unknown
      const outputs = (Array.isArray(called) ? called : [called]) as tf.Tensor[]
      return Object.fromEntries(outputs.map((output, index) => [`y${index}`, output]))
    },
    { inputs: Object.fromEntries(inputs) },
  )
  return lower(graph, portableTarget()).nodes.map(({ op }) => op)
}

function checksOf({ kernel, examples, exact, unchecked }: KernelDeclaration): string {
  if (unchecked !== undefined) return unchecked
  const given = examples.filter(({ expected }) => expected !== undefined).length
  const compared = examples.length - given
  const parts = [
    ...(compared > 0 ? ['calls held against tfjs'] : []),
    ...(given > 0 ? ['calls with given numbers'] : []),
    ...(exact === undefined ? [] : ['special and extreme numbers']),
    ...(tf.getGradient(kernel) === undefined || compared === 0 ? [] : ['its gradient']),
  ]
  return parts.join(', ')
}
