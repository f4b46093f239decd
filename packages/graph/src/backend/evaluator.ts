import { EngineError } from '@ashlar/errors'
import { DTYPES, type DType, type Node, type TypedArray, type Value } from '../ir/index.ts'
import type { NativeSession, NativeTensor } from '../session/native-session.ts'
import type { CpuKernels, HostTensor, KernelInputs } from '../tfjs/cpu-kernels.ts'
import type { PendingKernels } from './pending-kernels.ts'
import type { SessionCache } from './session-cache.ts'
import { type Piece, pieceOf, structureKey } from './structure.ts'

/** Where a kernel was computed, for profiles. */
export interface Computed {
  readonly kernel: string
  readonly by: 'onnxruntime' | 'cpu'
  /** Why tfjs's own kernel did it. */
  readonly reason?: string
}

/** Runs waiting kernels so that values get their numbers. */
export class Evaluator {
  readonly #pending: PendingKernels
  readonly #sessions: SessionCache
  readonly #cpu: CpuKernels
  /** Is told of each kernel that was computed. */
  onComputed: ((computed: Computed) => void) | undefined

  constructor(pending: PendingKernels, sessions: SessionCache, cpu: CpuKernels) {
    this.#pending = pending
    this.#sessions = sessions
    this.#cpu = cpu
  }

  /**
   * Computes these values, and of what is computed on the way keeps what will be read later. No other kernel runs.
   *
   * @returns what has numbers now.
   */
  evaluate(targets: readonly Value[]): readonly Value[] {
    const nodes = this.#pending.needed(targets)
    if (nodes.length === 0) return []
    const wanted = this.#pending.wanted(nodes)
    this.#run(pieceOf(nodes, wanted))
    this.#pending.settle(nodes)
    return wanted
  }

  #compute(
    kernel: string,
    inputs: KernelInputs,
    attrs: object,
    reason: string,
  ): readonly HostTensor[] {
    const result = this.#cpu.run(kernel, inputs, attrs)
    this.onComputed?.({ kernel, by: 'cpu', reason })
    return result
  }

  #run(piece: Piece): void {
    const { nodes } = piece
    const canRunInJavaScript = nodes.every(({ op }) => this.#cpu.has(op))
    const plan = this.#sessions.plan(structureKey(piece), piece, canRunInJavaScript)
    if ('session' in plan) {
      runSession(plan.session, piece)
      for (const { op } of nodes) this.onComputed?.({ kernel: op, by: 'onnxruntime' })
      return
    }
    if ('javaScript' in plan) {
      this.#runInJavaScript(piece, plan.javaScript)
      return
    }
    if (nodes.length === 1) {
      this.#runInJavaScript(piece, plan.refusal)
      return
    }
    this.#runOneByOne(piece)
  }

  /** onnxruntime refuses the whole: so that only the kernel that it refuses is computed elsewhere, each runs by itself. */
  #runOneByOne({ nodes, results }: Piece): void {
    const readers = new Map<Value, number>(results.map((result) => [result, 1]))
    for (const { inputs } of nodes) {
      for (const input of inputs) if (input) readers.set(input, (readers.get(input) ?? 0) + 1)
    }
    const wasRun = new Map<Value, Node>()
    for (const node of nodes) {
      const outputs = node.outputs.filter((output) => readers.has(output))
      this.#run(pieceOf([node], outputs))
      for (const output of outputs) {
        wasRun.set(output, node)
        // Later kernels take it as a feed.
        output.node = undefined
      }
      for (const input of node.inputs) {
        if (input === undefined) continue
        const left = readers.get(input)! - 1
        readers.set(input, left)
        if (left === 0 && wasRun.has(input)) input.data = undefined
      }
    }
  }

  #runInJavaScript({ nodes, feeds, results }: Piece, reason: string): void {
    const known = new Map<Value, HostTensor>(feeds.map((feed) => [feed, hostTensor(feed)]))
    for (const node of nodes) {
      if (!this.#cpu.has(node.op)) {
        throw new EngineError({
          where: `tfjs backend onnxruntime (${node.op})`,
          expected: 'onnxruntime or tfjs must be able to compute it',
          hint: reason,
        })
      }
      const inputs: Record<string, HostTensor> = {}
      for (const [index, name] of node.inputNames.entries()) {
        inputs[name] = known.get(node.inputs[index]!)!
      }
      const outputs = this.#compute(node.op, inputs, node.attrs, reason)
      for (const [index, output] of node.outputs.entries()) known.set(output, outputs[index]!)
    }
    for (const result of results) result.data = typed(known.get(result)!.data, result.dtype)
  }
}

/** Numbers in the array that their type has in ONNX: tfjs keeps some in another. */
export function typed(data: HostTensor['data'], dtype: DType): TypedArray {
  if (dtype === 'string' || dtype === 'complex64') return data as TypedArray
  const { array } = DTYPES[dtype]
  if (data instanceof array) return data
  return new (array as unknown as Float32ArrayConstructor)(data as Float32Array)
}

/** A value with numbers. */
function hostTensor(value: Value): HostTensor {
  return {
    data: value.data as HostTensor['data'],
    shape: value.shape as readonly number[],
    dtype: value.dtype,
  }
}

function runSession(session: NativeSession, { feeds, results }: Piece): void {
  const inputs: Record<string, NativeTensor> = {}
  for (const [index, feed] of feeds.entries())
    inputs[`i${index}`] = hostTensor(feed) as NativeTensor
  const names = results.map((_, index) => `o${index}`)
  for (const [index, data] of session.run(inputs, names).entries()) results[index]!.data = data
}
