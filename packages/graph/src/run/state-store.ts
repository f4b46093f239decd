import * as tf from '@tensorflow/tfjs'
import * as ort from 'onnxruntime-node'
import { onHost } from '../capture/host.ts'
import { allocate, type DType, type Shape, type StateView, type TypedArray } from '../ir/index.ts'

/** Variables that lie side by side in memory, twice: a run reads one side and writes the other. */
interface Bank {
  readonly names: readonly string[]
  readonly dtype: DType
  readonly sides: readonly [TypedArray, TypedArray]
  /** The side that holds the current values. */
  current: 0 | 1
}

interface Slot {
  readonly variable: tf.Variable
  bank: Bank
  /** First element within the bank. */
  offset: number
}

/**
 * The variables of a model and its optimizer, in two sets of preallocated tensors: a program reads one set and writes the other, then
 * they are swapped. Several compiled programs share one store.
 */
export class StateStore {
  readonly #slots = new Map<string, Slot>()
  readonly #tensors = new Map<string, ort.Tensor>()
  /** Whether runs have written what the variables do not have yet. */
  #isAhead = false

  /** Takes the current values of the variables. */
  constructor(variables: Readonly<Record<string, tf.Variable>>) {
    for (const [name, variable] of Object.entries(variables)) {
      const dtype = variable.dtype as DType
      const bank = createBank([name], dtype, variable.size)
      this.#slots.set(name, { variable, bank, offset: 0 })
    }
    this.upload()
  }

  /** Whether the store holds a variable of this name. */
  has(name: string): boolean {
    return this.#slots.has(name)
  }

  /** The current numbers: a live view that later runs overwrite. */
  get(name: string): TypedArray {
    return this.#numbers(this.#slot(name), 'current')
  }

  /**
   * Lays variables side by side, so that one tensor can stand for all of them. Returns whether they do now: a variable that already lies
   * beside others stays where it is.
   */
  arrange(names: readonly string[]): boolean {
    const slots = names.map((name) => this.#slot(name))
    const [first] = slots
    if (first!.bank.names.join() === names.join()) return true
    const { dtype } = first!.bank
    if (slots.some(({ bank }) => bank.names.length > 1 || bank.dtype !== dtype)) return false
    const size = slots.reduce((sum, { variable }) => sum + variable.size, 0)
    const bank = createBank(names, dtype, size)
    let offset = 0
    for (const slot of slots) {
      const numbers = this.#numbers(slot, 'current')
      Object.assign(slot, { bank, offset })
      ;(this.#numbers(slot, 'current') as Float32Array).set(numbers as Float32Array)
      offset += slot.variable.size
    }
    this.#tensors.clear()
    return true
  }

  /** The tensor that a run reads (`current`) or writes (`next`): a stretch of memory, seen with a shape. */
  tensor(view: StateView, shape: Shape, side: 'current' | 'next'): ort.Tensor {
    const slot = this.#slot(view.variables[0]!)
    const index = sideOf(slot.bank, side)
    const key = `${index} ${view.offset} ${view.length} ${view.variables[0]} [${shape}]`
    let tensor = this.#tensors.get(key)
    if (tensor === undefined) {
      const start = slot.offset + view.offset
      const numbers = slot.bank.sides[index].subarray(start, start + view.length)
      tensor = new ort.Tensor(
        slot.bank.dtype as 'float32',
        numbers as Float32Array,
        shape as readonly number[],
      )
      this.#tensors.set(key, tensor)
    }
    return tensor
  }

  /** Makes what a run has written the current values. */
  swap(names: readonly string[]): void {
    this.#isAhead = true
    const written = new Map<Bank, string[]>()
    for (const name of names) {
      const { bank } = this.#slot(name)
      const members = written.get(bank)
      if (members === undefined) written.set(bank, [name])
      else members.push(name)
    }
    for (const [bank, members] of written) {
      if (members.length === bank.names.length) {
        bank.current = bank.current === 0 ? 1 : 0
        continue
      }
      // The neighbours were not written: they must not be swapped away.
      for (const name of members) {
        const slot = this.#slot(name)
        const next = this.#numbers(slot, 'next') as Float32Array
        ;(this.#numbers(slot, 'current') as Float32Array).set(next)
      }
    }
  }

  /** Takes the variables' values again, for example after weights were loaded. */
  upload(): void {
    this.#isAhead = false
    for (const slot of this.#slots.values()) {
      ;(this.#numbers(slot, 'current') as Float32Array).set(slot.variable.dataSync())
    }
  }

  /** Writes the current values back into the variables, where runs have changed them: copies of a large network are worth avoiding. */
  download(): void {
    if (!this.#isAhead) return
    this.#isAhead = false
    onHost(() =>
      tf.tidy(() => {
        for (const slot of this.#slots.values()) {
          const { variable } = slot
          const data = (this.#numbers(slot, 'current') as Float32Array).slice()
          variable.assign(tf.tensor(data, variable.shape, variable.dtype as 'float32'))
        }
      }),
    )
  }

  dispose(): void {
    this.#tensors.clear()
    this.#slots.clear()
  }

  #numbers({ bank, offset, variable }: Slot, side: 'current' | 'next'): TypedArray {
    return bank.sides[sideOf(bank, side)].subarray(offset, offset + variable.size)
  }

  #slot(name: string): Slot {
    const slot = this.#slots.get(name)
    if (slot === undefined) throw new RangeError(`state store: no variable ${name}`)
    return slot
  }
}

function createBank(names: readonly string[], dtype: DType, size: number): Bank {
  return { names, dtype, sides: [allocate(dtype, size), allocate(dtype, size)], current: 0 }
}

function sideOf(bank: Bank, side: 'current' | 'next'): 0 | 1 {
  return (side === 'current') === (bank.current === 0) ? 0 : 1
}
