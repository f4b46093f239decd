import { findKernel, listKernels, registerOps } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { einsumByMatrices, isMatrixProduct } from './einsum.ts'

type Inputs = Readonly<Record<string, tf.Tensor | undefined>>
type Attrs = Readonly<Record<string, unknown>>

/** A kernel that tfjs's backends have wrong, or not at all, for some calls; or so slowly that nobody waits for it. */
interface Repair {
  readonly kernels: () => readonly string[]
  readonly isMeant: (inputs: Inputs, attrs: Attrs) => boolean
  /** Whether a backend without the kernel gets it, for calls that are meant. */
  readonly fillsIn?: boolean
  /** The same by other kernels. */
  readonly right: (kernel: string, inputs: Inputs, attrs: Attrs) => tf.Tensor
}

const REPAIRS: readonly Repair[] = [
  // A batch norm takes the last axis for the channels, whichever they are.
  {
    kernels: () => ['FusedBatchNorm'],
    isMeant: ({ mean }) => mean!.shape.length > 1,
    right: (_, { x, mean, variance, scale, offset }, { varianceEpsilon = 1e-3 }) => {
      const width = tf.sqrt(tf.add(variance!, varianceEpsilon as number))
      const normal = tf.div(tf.sub(x!, mean!), width)
      const scaled = scale ? tf.mul(normal, scale) : normal
      return offset ? tf.add(scaled, offset) : scaled
    },
  },
  // Channels first: refused by wasm, and by cpu for some; a depthwise convolution gets another shape.
  {
    kernels: () =>
      listKernels().flatMap(({ kernel, images }) =>
        images !== undefined && isForward(kernel) ? [kernel] : [],
      ),
    isMeant: (_, { dataFormat }) => dataFormat === 'NCHW',
    right: throughChannelsLast,
  },
  {
    kernels: () => ['Einsum'],
    // wasm has none.
    fillsIn: true,
    isMeant: (_, { equation }) => isMatrixProduct(String(equation)),
    right: (_, inputs, { equation }) => {
      const [a, b] = Object.values(inputs)
      return einsumByMatrices(String(equation), a!, b!)
    },
  },
]

/** Gradients are never asked of a reference. */
function isForward(kernel: string): boolean {
  return !kernel.includes('Backprop') && !kernel.endsWith('Grad')
}

/**
 * Runs `fn` with kernels of a backend put right, so that what proves a file is not wrong itself. They are composed of the backend's own other kernels, none of
 * which knows anything of ONNX.
 */
export async function withRepairedKernels<T>(
  backend: string,
  fn: () => T | Promise<T>,
): Promise<T> {
  registerOps()
  const undo = REPAIRS.flatMap((repair) =>
    repair.kernels().flatMap((kernel) => exchange(kernel, backend, repair) ?? []),
  )
  try {
    return await fn()
  } finally {
    for (const each of undo.reverse()) each()
  }
}

function exchange(kernel: string, backend: string, repair: Repair): (() => void) | undefined {
  const original = tf.getKernel(kernel, backend)
  if (original === undefined && repair.fillsIn !== true) return undefined
  const repaired: tf.KernelConfig = {
    ...original,
    kernelName: kernel,
    backendName: backend,
    kernelFunc: (call) => {
      const inputs = call.inputs as unknown as Inputs
      const attrs = (call.attrs ?? {}) as Attrs
      if (repair.isMeant(inputs, attrs)) return tf.tidy(() => repair.right(kernel, inputs, attrs))
      if (original !== undefined) return original.kernelFunc(call)
      throw new Error(`Kernel '${kernel}' not registered for backend '${backend}'`)
    },
  }
  if (original !== undefined) tf.unregisterKernel(kernel, backend)
  tf.registerKernel(repaired)
  return () => {
    tf.unregisterKernel(kernel, backend)
    if (original !== undefined) tf.registerKernel(original)
  }
}

function throughChannelsLast(kernel: string, inputs: Inputs, attrs: Attrs): tf.Tensor {
  const images = findKernel(kernel)!.images!
  const turned = Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => {
      if (input == null || !images.includes(name)) return [name, input]
      // Weights per pixel come without the batch axis.
      return [name, tf.transpose(input, input.shape.length === 4 ? [0, 2, 3, 1] : [1, 2, 0])]
    }),
  )
  const { pad } = attrs
  const last = Array.isArray(pad) ? [pad[0], pad[2], pad[3], pad[1]] : pad
  const result = tf
    .engine()
    .runKernel(kernel, turned as never, { ...attrs, dataFormat: 'NHWC', pad: last } as never)
  return tf.transpose(result as tf.Tensor, [0, 3, 1, 2])
}
