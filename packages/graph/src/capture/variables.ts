import { EngineError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import type { TypedArray } from '../ir/index.ts'
import { capturePlace } from '../scope/scope.ts'

type DataId = object

/** A variable that a captured program may meet. */
export interface KnownVariable {
  readonly variable: tf.Variable
  /** Where its numbers are. */
  original: DataId
  /** What it has in place of them while the program runs: no other tensor shares it. */
  readonly own: DataId
  /** What the program sees: `own` until it assigns the variable. */
  current: DataId
  /** Its name as state; undefined for one that is a constant. */
  name: string | undefined
}

/** What variables are to a capture. */
export interface VariableOptions {
  /** Those that are state, by name. */
  readonly named: Readonly<Record<string, tf.Variable>>
  /** The name of any other that the program uses, which makes it state; by default, and where it gets none, such a one is a constant. */
  readonly nameVariable?: ((variable: tf.Variable) => string | undefined) | undefined
}

/** What the capture does for them. */
export interface VariableHost {
  /** Whether the program runs, not code that was sent to the host backend. */
  isRecording(): boolean
  /** Checks that a tensor can be had. */
  expect(tensor: tf.Tensor): void
  /** The numbers of a tensor, where they follow from constants alone. */
  numbersOf(tensor: tf.Tensor): TypedArray | undefined
  /** Runs `fn` on the host backend. */
  onHost<T>(fn: () => T): T
}

/** What tfjs keeps to itself: variables by name, how they are made, where numbers are. The tests hold this against the pinned tfjs. */
interface Engine {
  readonly registeredVariables: Readonly<Record<string, tf.Variable>>
  readonly state: { readonly tensorInfo: WeakMap<DataId, object> }
  makeVariable(initial: tf.Tensor, ...rest: unknown[]): tf.Variable
}

/**
 * All variables that there are while a program is captured. tfjs lets a variable share its numbers with the tensor that it was made of or assigned, and
 * with other variables; here each gets an identity of its own, so that what is read of it is told from what is read of them.
 */
export class CapturedVariables {
  readonly #options: VariableOptions
  readonly #host: VariableHost
  readonly #known = new Map<tf.Variable, KnownVariable>()
  readonly #byOwn = new Map<DataId, KnownVariable>()
  readonly #prototype = tf.Variable.prototype
  readonly #assign = tf.Variable.prototype.assign

  constructor(options: VariableOptions, host: VariableHost) {
    this.#options = options
    this.#host = host
    for (const [name, variable] of Object.entries(options.named)) this.#add(variable, name)
  }

  /** Puts identities of their own in place. The capture's backend must be current, and its scope open. */
  open(): void {
    const { isRecording } = this.#host
    const assign = (known: tf.Variable, next: tf.Tensor) => this.#assigned(known, next)
    const original = this.#assign
    this.#prototype.assign = function (this: tf.Variable, next: tf.Tensor) {
      if (isRecording()) assign(this, next)
      else original.call(this, next)
    }
    const make = engine().makeVariable
    engine().makeVariable = (initial, ...rest) =>
      isRecording() ? this.#make(initial, rest) : make.call(engine(), initial, ...rest)
    this.enter()
  }

  /** Puts everything back. */
  close(): void {
    this.leave()
    this.#prototype.assign = this.#assign
    // Uncovers the class's method again.
    delete (engine() as { makeVariable?: unknown }).makeVariable
  }

  /** Goes on with the program, after {@link leave}. */
  enter(): void {
    for (const variable of Object.values(engine().registeredVariables)) {
      if (!this.#known.has(variable)) this.#add(variable, undefined)
    }
    const { tensorInfo } = engine().state
    for (const known of this.#known.values()) {
      const { variable, own, current } = known
      const { dtype, shape } = variable
      // A read of its numbers comes to the backend of the capture.
      if (!tensorInfo.has(own))
        tensorInfo.set(own, { backend: tf.backend(), dtype, shape, bytes: 0 })
      known.original = variable.dataId
      variable.dataId = current
    }
  }

  /** Lets variables be themselves for a while. */
  leave(): void {
    for (const known of this.#known.values()) {
      known.current = known.variable.dataId
      known.variable.dataId = known.original
    }
  }

  /** The variable that has this identity. */
  find(dataId: DataId): KnownVariable | undefined {
    const known = this.#byOwn.get(dataId)
    if (known !== undefined) this.#giveName(known)
    return known
  }

  /** Variables that are state and were assigned, by name. */
  assigned(): (readonly [name: string, variable: tf.Variable])[] {
    return [...this.#known.values()].flatMap(({ name, variable, own }) =>
      name === undefined || variable.dataId === own ? [] : [[name, variable] as const],
    )
  }

  #add(variable: tf.Variable, name: string | undefined): KnownVariable {
    const own = {}
    const known = { variable, original: variable.dataId, own, current: own, name }
    this.#known.set(variable, known)
    this.#byOwn.set(own, known)
    return known
  }

  #giveName(known: KnownVariable): void {
    known.name ??= this.#options.nameVariable?.(known.variable)
  }

  #assigned(variable: tf.Variable, next: tf.Tensor): void {
    if (next.dtype !== variable.dtype || String(next.shape) !== String(variable.shape)) {
      throw new EngineError({
        where: capturePlace(),
        expected: `variable ${variable.name} must be assigned ${variable.dtype} [${variable.shape.join(', ')}]`,
        given: `${next.dtype} [${next.shape.join(', ')}]`,
      })
    }
    this.#host.expect(next)
    const known = this.#known.get(variable)
    if (known !== undefined) this.#giveName(known)
    variable.dataId = next.dataId
  }

  /** A variable that is made while the program runs begins with real numbers. */
  #make(initial: tf.Tensor, rest: readonly unknown[]): tf.Variable {
    const numbers = this.#host.numbersOf(initial)
    if (numbers === undefined) {
      throw new EngineError({
        where: capturePlace(),
        expected:
          'a variable that is made while the program is captured must begin with numbers that are known',
        hint: 'Make it before, in the constructor or in build(), and assign it here.',
      })
    }
    const { shape, dtype } = initial
    return this.#host.onHost(() =>
      tf.tidy(() => {
        const real = tf.tensor(numbers.slice() as Float32Array, [...shape], dtype as 'float32')
        return engine().makeVariable(real, ...rest)
      }),
    )
  }
}

/**
 * Runs `fn`, and gives variables back what they held: a model is looked at, not trained. In a capture they keep it anyway.
 */
export async function keepingVariables<T>(fn: () => T | Promise<T>): Promise<T> {
  const { prototype } = tf.Variable
  const { assign } = prototype
  const before = new Map<tf.Variable, tf.Tensor>()
  prototype.assign = function (this: tf.Variable, next: tf.Tensor) {
    if (!before.has(this)) before.set(this, tf.keep(this.clone()))
    assign.call(this, next)
  }
  try {
    return await fn()
  } finally {
    prototype.assign = assign
    for (const [variable, value] of before) {
      variable.assign(value)
      value.dispose()
    }
  }
}

function engine(): Engine {
  return tf.engine() as unknown as Engine
}
