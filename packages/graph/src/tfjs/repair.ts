import * as tf from '@tensorflow/tfjs'
import type { DType, TypedArray } from '../ir/index.ts'
import { allocate, sizeOf } from '../ir/index.ts'
import type { HostArray, JavaScriptKernel } from '../javascript/javascript-kernel.ts'
import type { KernelDeclaration, TensorSpec } from '../ops/declaration.ts'
import { listKernels } from '../ops/registry.ts'
import { registerOps } from '../ops/table.ts'
import { exchangeGradient, gradientConfig, keepingInputs } from './declared-gradients.ts'
import { fromMeaning } from './from-meaning.ts'
import { repairEngine } from './repair-engine.ts'

/** What was put right. */
export interface Repaired {
  readonly kernel: string
  /** `kernel`: tfjs's JavaScript; `gradient`: on every backend. */
  readonly what: 'kernel' | 'gradient'
  /** What tfjs does. */
  readonly how: string
}

let repaired: readonly Repaired[] | undefined
const exchanged: tf.GradConfig[] = []

/**
 * Puts right what tfjs 4.22 gets wrong in JavaScript: kernels of its backend `cpu`, and gradients, which all backends share. Whoever computes with tfjs to have
 * something to compare with calls it first. It holds for the whole process, and for every program in it; a second call does nothing, but where gradients were
 * registered anew since.
 *
 * @returns what was put right, for messages and tests.
 */
export function repairTfjs(): readonly Repaired[] {
  if (repaired !== undefined) {
    // A second entrance to tfjs, loaded by a plugin, registers tfjs's own gradients once more.
    for (const config of exchanged) {
      if (tf.getGradient(config.kernelName) !== config) exchangeGradient(config.kernelName, config)
    }
    return repaired
  }
  registerOps()
  repairEngine()
  const found: Repaired[] = []
  for (const declaration of listKernels()) {
    const { kernel, wrongInTfjs } = declaration
    if (wrongInTfjs === undefined || !repairKernel(declaration)) continue
    found.push({ kernel, what: 'kernel', how: wrongInTfjs.how })
  }
  for (const declaration of listKernels()) {
    const { kernel, gradient } = declaration
    if (gradient?.onlyCaptured) continue
    const config =
      gradient === undefined
        ? keepingInputs(declaration)
        : gradientConfig(kernel, gradient as never)
    if (config === undefined) continue
    exchangeGradient(kernel, config)
    exchanged.push(config)
    const how = gradient?.wrongInTfjs
    if (how !== undefined) found.push({ kernel, what: 'gradient', how })
  }
  repaired = found
  return found
}

/** What this needs of tfjs's CPU backend. */
interface CpuBackend extends tf.KernelBackend {
  makeTensorInfo(shape: readonly number[], dtype: string, values: TypedArray): tf.TensorInfo
}

function repairKernel(declaration: KernelDeclaration): boolean {
  const { kernel, exact, wrongInTfjs } = declaration
  const original = tf.getKernel(kernel, 'cpu')
  const right: JavaScriptKernel<never> | undefined =
    wrongInTfjs!.instead ?? (exact === undefined ? undefined : fromMeaning(exact))
  if (original === undefined || right === undefined) return false
  const { types = exact?.takes, when } = wrongInTfjs!
  tf.unregisterKernel(kernel, 'cpu')
  tf.registerKernel({
    ...original,
    kernelFunc: (call) => {
      const given = Object.values(call.inputs).filter((input) => input != null)
      const [first] = given as [tf.TensorInfo]
      const isMeant =
        given.every(({ dtype }) => dtype !== 'string' && dtype !== 'complex64') &&
        (types === undefined || types.includes(first.dtype as DType)) &&
        (when === undefined || when(call.inputs, call.attrs ?? {}))
      return isMeant ? compute(declaration, right, call) : original.kernelFunc(call)
    },
  })
  return true
}

function compute(
  declaration: KernelDeclaration,
  right: JavaScriptKernel<never>,
  { inputs, attrs, backend }: Parameters<tf.KernelFunc>[0],
): tf.TensorInfo | tf.TensorInfo[] {
  const cpu = backend as CpuBackend
  const hosts: Record<string, HostArray> = {}
  for (const [name, input] of Object.entries(inputs) as [string, tf.TensorInfo | undefined][]) {
    if (input == null) continue
    const { dataId, shape, dtype } = input
    hosts[name] = { data: cpu.readSync(dataId) as TypedArray, shape, dtype: dtype as DType }
  }
  const specs = declaration.infer({
    inputs: hosts,
    attrs: (attrs ?? {}) as never,
    constantOf: (name) => hosts[name]?.data,
    freeSize: () => {
      throw new RangeError(`${declaration.kernel}: its sizes follow from numbers`)
    },
  })
  const isOne = !Array.isArray(specs)
  const outputs = ((isOne ? [specs] : specs) as TensorSpec[]).map(({ shape, dtype }) => ({
    shape,
    dtype,
    data: allocate(dtype, Number(sizeOf(shape))),
  }))
  right(hosts, (attrs ?? {}) as never, outputs)
  const infos = outputs.map(({ shape, dtype, data }) => cpu.makeTensorInfo(shape, dtype, data))
  return isOne ? infos[0]! : infos
}
