import * as tf from '@tensorflow/tfjs'
import * as ort from 'onnxruntime-node'
import { onHost } from '../capture/host.ts'
import { allocate, type DType, type Shape, type StateView, type TypedArray } from '../ir/index.ts'
import type { DeviceMemory } from '../session/device-memory.ts'
import { type Bank, bankOf, numbersOf, sideOf, stretchOf, touchPages } from './state-bank.ts'

interface Slot {
  variable: tf.Variable
  bank: Bank
  /** First element within the bank. */
  offset: number
  /** What the variable held when the store and it were last alike: another one says that somebody has assigned it. */
  held: object
  /** Whether somebody may look at it between runs. */
  readonly isLive: boolean
  /** Its current numbers on a device, where programs there use them. */
  device?: DeviceCopy | undefined
}

interface DeviceCopy {
  readonly tensor: ort.Tensor
  readonly memory: DeviceMemory
  /** Whether a program has written it, and the numbers of the host are those of before. */
  isAhead: boolean
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
 * only the write itself still reads is written in place. Several compiled programs share one store. Those on a device leave the variables there: their numbers come back when somebody asks
 * for them.
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
      if (known !== undefined) leaveDevice(known)
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
    const areBeside = slots.every(({ bank }) => bank === first!.bank)
    if (areBeside && first!.bank.names.join() === names.join()) return true
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
    // Who has the memory may write there.
    for (const name of view.variables) this.#leave(this.#slot(name))
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

  /** A variable's current numbers in a device's memory, where they stay until the host has others. */
  onDevice(name: string, shape: Shape, memory: DeviceMemory): ort.Tensor {
    const slot = this.#slot(name)
    if (slot.device?.memory !== memory) {
      this.#leave(slot)
      const numbers = this.#numbers(slot, 'current')
      const tensor = memory.upload(numbers, shape, slot.bank.dtype)
      slot.device = { tensor, memory, isAhead: false }
    }
    return slot.device!.tensor
  }

  /** Makes what a run has written in a device's memory the current numbers of a variable. The store disposes of the tensor. */
  putOnDevice(name: string, tensor: ort.Tensor, memory: DeviceMemory): void {
    const slot = this.#slot(name)
    leaveDevice(slot)
    slot.device = { tensor, memory, isAhead: true }
    this.#isAhead = true
    this.#isPublished = false
  }

  /** Takes a variable back from a device. */
  leaveDevice(name: string): void {
    const slot = this.#slots.get(name)
    if (slot !== undefined) this.#leave(slot)
  }

  /** Has the host hold a variable's current numbers. */
  #settle(slot: Slot): void {
    const { device, bank } = slot
    if (device?.isAhead !== true) return
    const numbers = device.memory.download(device.tensor)
    device.isAhead = false
    if (bank.names.length > 1) {
      const held = stretchOf(bank, bank.current, slot.offset, slot.variable.size)
      ;(held as Float32Array).set(numbers as Float32Array)
      return
    }
    // What was there may be a tfjs variable's own.
    bank.sides[bank.current] = numbers
    bank.isBorrowed = false
    this.#tensors = new WeakMap()
  }

  /** Has the host alone hold a variable. */
  #leave(slot: Slot): void {
    if (slot.device === undefined) return
    this.#settle(slot)
    leaveDevice(slot)
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
    leaveDevice(slot)
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
          if (variable.isDisposed || !isMeant(slot, name)) continue
          this.#settle(slot)
          if (bank.isBorrowed) continue
          const data = (this.#numbers(slot, 'current') as Float32Array).slice()
          variable.assign(tf.tensor(data, variable.shape, variable.dtype as 'float32'))
          slot.held = variable.dataId
        }
      }),
    )
  }

  dispose(): void {
    for (const slot of this.#slots.values()) leaveDevice(slot)
    this.#tensors = new WeakMap()
    this.#slots.clear()
  }

  #numbers(slot: Slot, side: 'current' | 'next'): TypedArray {
    if (side === 'current') this.#settle(slot)
    const { bank, offset, variable } = slot
    return stretchOf(bank, sideOf(bank, side), offset, variable.size)
  }

  #slot(name: string): Slot {
    const slot = this.#slots.get(name)
    if (slot === undefined) throw new RangeError(`state store: no variable ${name}`)
    return slot
  }
}

/** Gives up what a device holds of a variable. */
function leaveDevice(slot: Slot): void {
  slot.device?.tensor.dispose()
  slot.device = undefined
}
