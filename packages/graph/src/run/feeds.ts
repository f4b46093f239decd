import { EngineError } from '@ashlar/errors'
import * as ort from 'onnxruntime-node'
import { sizeOf, type TypedArray } from '../ir/index.ts'
import type { FedTensor } from './finished-program.ts'

/** What a program is fed with, as tensors. */
export class Feeds {
  readonly #inputs: readonly FedTensor[]
  /** Tensors of what was fed last: arrays that are used again need no new ones. */
  readonly #fed = new Map<string, ort.Tensor>()

  constructor(inputs: readonly FedTensor[]) {
    this.#inputs = inputs
  }

  /** @throws EngineError for an input that is missing or has another number of elements. */
  tensors(feeds: Readonly<Record<string, TypedArray>>): Record<string, ort.Tensor> {
    const tensors: Record<string, ort.Tensor> = {}
    for (const input of this.#inputs) tensors[input.name] = this.#tensor(input, feeds[input.name])
    return tensors
  }

  #tensor({ name, dtype, shape }: FedTensor, data: TypedArray | undefined): ort.Tensor {
    if (data === undefined || data.length !== sizeOf(shape)) {
      throw new EngineError({
        where: 'run',
        expected: `input ${name} must hold ${sizeOf(shape)} numbers`,
        given: data === undefined ? 'nothing' : data.length,
      })
    }
    const before = this.#fed.get(name)
    if (before?.data === data) return before
    const tensor = new ort.Tensor(dtype as 'float32', data as Float32Array, shape)
    this.#fed.set(name, tensor)
    return tensor
  }
}
