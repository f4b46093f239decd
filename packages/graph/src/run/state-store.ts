import * as tf from '@tensorflow/tfjs'
import * as ort from 'onnxruntime-node'
import { onHost } from '../capture/host.ts'
import { allocate, type DType, type TypedArray } from '../ir/index.ts'

interface Slot {
  readonly variable: tf.Variable
  current: ort.Tensor
  next: ort.Tensor
}

/**
 * The variables of a model and its optimizer, in two sets of preallocated tensors: a program reads one set and writes the other, then
 * they are swapped. Several compiled programs share one store.
 */
export class StateStore {
  readonly #slots: ReadonlyMap<string, Slot>

  /** Takes the current values of the variables. */
  constructor(variables: Readonly<Record<string, tf.Variable>>) {
    this.#slots = new Map(
      Object.entries(variables).map(([name, variable]) => [
        name,
        { variable, current: bufferFor(variable), next: bufferFor(variable) },
      ]),
    )
    this.upload()
  }

  /** Whether the store holds a variable of this name. */
  has(name: string): boolean {
    return this.#slots.has(name)
  }

  /** The current numbers: a live view that later runs overwrite. */
  get(name: string): TypedArray {
    return this.#slot(name).current.data as TypedArray
  }

  /** The tensor that a run reads. */
  input(name: string): ort.Tensor {
    return this.#slot(name).current
  }

  /** The tensor that a run writes. */
  output(name: string): ort.Tensor {
    return this.#slot(name).next
  }

  /** Makes what a run has written the current value. */
  swap(names: readonly string[]): void {
    for (const name of names) {
      const slot = this.#slot(name)
      const { current } = slot
      slot.current = slot.next
      slot.next = current
    }
  }

  /** Takes the variables' values again, for example after weights were loaded. */
  upload(): void {
    for (const { variable, current } of this.#slots.values()) {
      ;(current.data as Float32Array).set(variable.dataSync())
    }
  }

  /** Writes the current values back into the variables. */
  download(): void {
    onHost(() =>
      tf.tidy(() => {
        for (const { variable, current } of this.#slots.values()) {
          const data = (current.data as Float32Array).slice()
          variable.assign(tf.tensor(data, variable.shape, variable.dtype as 'float32'))
        }
      }),
    )
  }

  dispose(): void {
    for (const { current, next } of this.#slots.values()) {
      current.dispose()
      next.dispose()
    }
  }

  #slot(name: string): Slot {
    const slot = this.#slots.get(name)
    if (slot === undefined) throw new RangeError(`state store: no variable ${name}`)
    return slot
  }
}

function bufferFor(variable: tf.Variable): ort.Tensor {
  const dtype = variable.dtype as DType
  return new ort.Tensor(
    dtype as 'float32',
    allocate(dtype, variable.size) as Float32Array,
    variable.shape,
  )
}
