import * as tf from '@tensorflow/tfjs'
import * as ort from 'onnxruntime-node'
import { onHost } from '../capture/host.ts'
import { allocate, type DType, type Shape, type StateView, type TypedArray } from '../ir/index.ts'

/** Variables that lie side by side in memory: a run reads one side and writes the other, or the same one where nothing reads it any more. */
interface Bank {
  readonly names: readonly string[]
  readonly dtype: DType
  readonly size: number
  /** Each is taken when something is written there for the first time. */
  readonly sides: [TypedArray | undefined, TypedArray | undefined]
  /** The side that holds the current values. */
  current: 0 | 1
  /** Whether the memory is the tfjs variable's own, to be read alone. */
  isBorrowed: boolean
}

interface Slot {
  variable: tf.Variable
  bank: Bank
  /** First element within the bank. */
  offset: number
  /** What the variable held when the store and it were last alike: another one says that somebody has assigned it. */
  held: object
  /** Whether somebody may look at it between runs. */
  readonly isLive: boolean
}

/** What a store may do with the variables. */
export interface StateOptions {
  /**
   * Variables that nobody reads but through the store until it is disposed of: their numbers are not held a second time, nor exchanged with
   * the tfjs variables.
   */
  readonly own?: ReadonlySet<string> | undefined
  /** Variables that {@link StateStore.publish} writes. */
  readonly live?: ReadonlySet<string> | undefined
}

/**
 * The variables of a model and its optimizer, in preallocated tensors. A program reads one set and writes another, then they are swapped; what
 * only the write itself still reads is written in place. Several compiled programs share one store.
 */
export class StateStore {
  readonly #slots = new Map<string, Slot>()
  /** By view and side. */
  #tensors = new WeakMap<StateView, [ort.Tensor | undefined, ort.Tensor | undefined]>()
  readonly #own = new Set<string>()
  /** Whether runs have written what the variables do not have yet. */
  #isAhead = false
  #refused = 0
  /** The same, of those that are live. */
  #isPublished = true

  /** Takes the current values of the variables. */
  constructor(variables: Readonly<Record<string, tf.Variable>>, options: StateOptions = {}) {
    this.adopt(variables, options)
  }

  /** Takes more variables, or others in the place of those of these names. What is held already stays. */
  adopt(variables: Readonly<Record<string, tf.Variable>>, options: StateOptions = {}): void {
    for (const [name, variable] of Object.entries(variables)) {
      const known = this.#slots.get(name)
      if (known?.variable === variable) continue
      if (known !== undefined && known.variable.shape.join() === variable.shape.join()) {
        known.variable = variable
        this.#take(known)
        continue
      }
      const isOwn = options.own?.has(name) ?? false
      if (isOwn) this.#own.add(name)
      const dtype = variable.dtype as DType
      const bank = bankOf([name], dtype, numbersOf(variable), !isOwn)
      const isLive = options.live?.has(name) ?? false
      this.#slots.set(name, { variable, bank, offset: 0, held: variable.dataId, isLive })
    }
  }

  /** Takes the numbers of variables that somebody has assigned since. */
  refresh(): void {
    for (const [name, slot] of this.#slots) {
      if (slot.variable.dataId !== slot.held && !this.#own.has(name)) this.#take(slot)
    }
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
    if (slots.some(({ bank }) => bank.names.length > 1 || bank.dtype !== dtype)) {
      this.#refused++
      return false
    }
    const size = slots.reduce((sum, { variable }) => sum + variable.size, 0)
    const bank = bankOf(names, dtype, allocate(dtype, size))
    let offset = 0
    for (const slot of slots) {
      const numbers = this.#numbers(slot, 'current')
      Object.assign(slot, { bank, offset })
      ;(this.#numbers(slot, 'current') as Float32Array).set(numbers as Float32Array)
      offset += slot.variable.size
    }
    this.#tensors = new WeakMap()
    return true
  }

  /** How many times variables could not be laid side by side. */
  get refused(): number {
    return this.#refused
  }

  /**
   * Lets variables be written in place: what is still a tfjs variable's own memory is copied, all other is made ready. What is written on the other side needs no copy, as nothing is read
   * of the first one any more when that is done.
   */
  takeOver(names: readonly string[]): void {
    for (const name of names) {
      const { bank } = this.#slot(name)
      if (!bank.isBorrowed) {
        touchPages(this.get(name))
        continue
      }
      bank.sides[0] = bank.sides[0]!.slice() as TypedArray
      bank.isBorrowed = false
      this.#tensors = new WeakMap()
    }
  }

  /** Runs `fn`, which writes in place, and gives the variables back what they held. */
  async keeping<T>(names: readonly string[], fn: () => Promise<T>): Promise<T> {
    const held = names.map((name) => {
      const numbers = this.get(name) as Float32Array
      // Slots are zero before the first step: they need no copy.
      return [numbers, numbers.some((value) => value !== 0) ? numbers.slice() : undefined] as const
    })
    try {
      return await fn()
    } finally {
      for (const [numbers, copy] of held) {
        if (copy === undefined) numbers.fill(0)
        else numbers.set(copy)
      }
    }
  }

  /**
   * The tensor that a run reads (`current`) or writes (`next`): a stretch of memory, seen with a shape.
   *
   * @param view always of one shape; kept, so that the next call finds the same tensor.
   */
  tensor(view: StateView, shape: Shape, side: 'current' | 'next'): ort.Tensor {
    const { bank, offset } = this.#slot(view.variables[0]!)
    const index = sideOf(bank, side)
    let tensors = this.#tensors.get(view)
    if (tensors === undefined) {
      tensors = [undefined, undefined]
      this.#tensors.set(view, tensors)
    }
    tensors[index] ??= new ort.Tensor(
      bank.dtype as 'float32',
      stretchOf(bank, index, offset + view.offset, view.length) as Float32Array,
      shape as readonly number[],
    )
    return tensors[index]
  }

  /**
   * Makes what a run has written the current values.
   *
   * @param names of variables that were not written in place.
   */
  swap(names: readonly string[]): void {
    this.#isAhead = true
    this.#isPublished = false
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
        this.#giveBack(bank)
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

  /** Lets go of a tfjs variable's own memory once the current numbers are on the other side. */
  #giveBack(bank: Bank): void {
    if (!bank.isBorrowed) return
    bank.sides[0] = undefined
    bank.isBorrowed = false
    this.#tensors = new WeakMap()
  }

  /** Takes the variables' values again, for example after weights were loaded. */
  upload(): void {
    this.#isAhead = false
    this.#isPublished = true
    for (const [name, slot] of this.#slots) if (!this.#own.has(name)) this.#take(slot)
  }

  #take(slot: Slot): void {
    slot.held = slot.variable.dataId
    const numbers = numbersOf(slot.variable)
    if (!slot.bank.isBorrowed) {
      ;(this.#numbers(slot, 'current') as Float32Array).set(numbers as Float32Array)
    } else if (numbers !== slot.bank.sides[0]) {
      slot.bank.sides[0] = numbers
      this.#tensors = new WeakMap()
    }
  }

  /** Writes the current values back into the variables, where runs have changed them: copies of a large network are worth avoiding. */
  download(): void {
    if (!this.#isAhead) return
    // What somebody has assigned since the last run is newer than what that left.
    this.refresh()
    this.#isAhead = false
    this.#isPublished = true
    this.#write((_, name) => !this.#own.has(name))
  }

  /** The same for the few variables that are live, so that who looks at them between runs sees them as they are. */
  publish(): void {
    if (this.#isPublished) return
    this.refresh()
    this.#isPublished = true
    this.#write(({ isLive }) => isLive)
  }

  #write(isMeant: (slot: Slot, name: string) => boolean): void {
    onHost(() =>
      tf.tidy(() => {
        for (const [name, slot] of this.#slots) {
          const { variable, bank } = slot
          if (bank.isBorrowed || variable.isDisposed || !isMeant(slot, name)) continue
          const data = (this.#numbers(slot, 'current') as Float32Array).slice()
          variable.assign(tf.tensor(data, variable.shape, variable.dtype as 'float32'))
          slot.held = variable.dataId
        }
      }),
    )
  }

  dispose(): void {
    this.#tensors = new WeakMap()
    this.#slots.clear()
  }

  #numbers({ bank, offset, variable }: Slot, side: 'current' | 'next'): TypedArray {
    return stretchOf(bank, sideOf(bank, side), offset, variable.size)
  }

  #slot(name: string): Slot {
    const slot = this.#slots.get(name)
    if (slot === undefined) throw new RangeError(`state store: no variable ${name}`)
    return slot
  }
}

/** A variable's numbers: its own memory where its backend gives that. */
function numbersOf(variable: tf.Variable): TypedArray {
  const numbers = variable.dataSync() as TypedArray
  const wanted = allocate(variable.dtype as DType, 0)
  if (numbers.constructor === wanted.constructor) return numbers
  const copy = allocate(variable.dtype as DType, variable.size)
  ;(copy as Float32Array).set(numbers as Float32Array)
  return copy
}

function bankOf(
  names: readonly string[],
  dtype: DType,
  numbers: TypedArray,
  isBorrowed = false,
): Bank {
  return { names, dtype, size: numbers.length, sides: [numbers, undefined], current: 0, isBorrowed }
}

function sideOf(bank: Bank, side: 'current' | 'next'): 0 | 1 {
  return (side === 'current') === (bank.current === 0) ? 0 : 1
}

function stretchOf(bank: Bank, side: 0 | 1, start: number, length: number): TypedArray {
  bank.sides[side] ??= allocate(bank.dtype, bank.size)
  return bank.sides[side].subarray(start, start + length)
}

/** Bytes; where pages are larger, each is touched more than once. */
const PAGE = 4096

/**
 * Makes memory the process's own. What was never written is one page of zeros for the system, seen in many places. A step that reads a number there and then writes
 * another in its place makes the system exchange each page beneath its threads, which all have to stop for that: ten times as long as here.
 */
function touchPages({ buffer, byteOffset, byteLength }: TypedArray): void {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength)
  for (let at = 0; at < byteLength; at += PAGE) {
    // Written in one go with being read: to read it first would be the same exchange.
    const held = Atomics.exchange(bytes, at, 0)
    if (held !== 0) bytes[at] = held
  }
}
