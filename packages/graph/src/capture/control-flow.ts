import { EngineError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { createValue, type Graph, type Node, type Value } from '../ir/index.ts'
import type { TensorSpec } from '../ops/declaration.ts'
import { currentScope } from '../scope/scope.ts'
import { activeRecorder } from './backend.ts'
import { isCapturing } from './host.ts'
import type { Recorder } from './recorder.ts'

/** A result, or the wait for it. */
type Maybe<T> = T | Promise<T>

/**
 * Whether a loop of so many rounds may be written out, one after the other. A program that then does so is captured again with loops where it turns out
 * that the rounds follow from a size that varies.
 */
export function mayUnroll(rounds: number): boolean {
  const unrolling = activeRecorder()?.options.unrolling
  if (unrolling === undefined) return true
  if (rounds > unrolling.limit) return false
  unrolling.wasUsed = true
  return true
}

/** Makes tensors of what programs hand around in their stead, such as lists, where they enter or leave a branch or loop of a graph. */
export interface Carrier {
  /** Tensors for what is handed on. */
  pack(items: readonly tf.Tensor[]): tf.Tensor[]
  /** What such tensors stand for. */
  unpack(tensors: readonly tf.Tensor[]): tf.Tensor[]
  /** Whether what was seen since `pack` says that it should have packed otherwise. */
  isStale?(): boolean
}

/** Tensors as they are. */
const PLAIN: Carrier = { pack: (items) => [...items], unpack: (tensors) => [...tensors] }

/** What to run next; it is sent the result. */
type Steps<T> = Generator<() => Maybe<tf.Tensor[]>, T, tf.Tensor[]>

/**
 * Runs one of two functions, as an `if` would. In a captured program both become branches of the graph, so that the number decides at every run. Both
 * may use any tensor from outside, and give as many tensors, of the same types and ranks.
 *
 * @param predicate one element; 0 is false.
 * @throws EngineError when the branches give different kinds of tensors.
 * @example const [y] = cond(tf.greater(tf.mean(x), 0), () => [tf.relu(x)], () => [tf.neg(x)])
 */
export function cond(
  predicate: tf.Tensor,
  whenTrue: () => tf.Tensor[],
  whenFalse: () => tf.Tensor[],
): tf.Tensor[] {
  return runSync(condSteps(predicate, whenTrue, whenFalse))
}

/** The same with functions that wait. */
export function condAsync(
  predicate: tf.Tensor,
  whenTrue: () => Maybe<tf.Tensor[]>,
  whenFalse: () => Maybe<tf.Tensor[]>,
  carrier?: Carrier,
): Promise<tf.Tensor[]> {
  return runAsync(condSteps(predicate, whenTrue, whenFalse, carrier))
}

/**
 * Runs `body` on the variables as long as `test` gives true for them, as a `while` would. In a captured program it becomes a loop of the graph. Sizes of
 * variables may change from round to round; their types and ranks may not.
 *
 * @param test gives one element; 0 is false.
 * @param variables where they begin.
 * @returns where they end.
 * @throws EngineError when the body gives other kinds of tensors than it takes.
 * @example const [, y] = whileLoop((i) => tf.less(i, n), (i, y) => [tf.add(i, 1), tf.mul(y, 2)], [i, x])
 */
export function whileLoop(
  test: (...variables: tf.Tensor[]) => tf.Tensor,
  body: (...variables: tf.Tensor[]) => tf.Tensor[],
  variables: readonly tf.Tensor[],
): tf.Tensor[] {
  return runSync(loopSteps((...each) => [test(...each)], body, variables))
}

/** The same with functions that wait. `test` gives a list of one. */
export function whileLoopAsync(
  test: (...variables: tf.Tensor[]) => Maybe<tf.Tensor[]>,
  body: (...variables: tf.Tensor[]) => Maybe<tf.Tensor[]>,
  variables: readonly tf.Tensor[],
  carrier?: Carrier,
): Promise<tf.Tensor[]> {
  return runAsync(loopSteps(test, body, variables, carrier))
}

function runSync<T>(steps: Steps<T>): T {
  let next = steps.next()
  while (!next.done) {
    let result: tf.Tensor[]
    try {
      result = next.value() as tf.Tensor[]
    } catch (error) {
      next = steps.throw(error)
      continue
    }
    next = steps.next(result)
  }
  return next.value
}

async function runAsync<T>(steps: Steps<T>): Promise<T> {
  let next = steps.next()
  while (!next.done) {
    let result: tf.Tensor[]
    try {
      result = await next.value()
    } catch (error) {
      next = steps.throw(error)
      continue
    }
    next = steps.next(result)
  }
  return next.value
}

function* condSteps(
  predicate: tf.Tensor,
  whenTrue: () => Maybe<tf.Tensor[]>,
  whenFalse: () => Maybe<tf.Tensor[]>,
  carrier: Carrier = PLAIN,
): Steps<tf.Tensor[]> {
  const known = knownNumber(predicate)
  if (known !== undefined) return yield known ? whenTrue : whenFalse
  const recorder = activeRecorder()!
  const node = new NestingNode(recorder, 'If', [recorder.valueOf(truth(predicate))])
  const yes = yield* node.record('then_branch', [], function* (): Steps<tf.Tensor[]> {
    return carrier.pack(yield whenTrue)
  })
  const no = yield* node.record('else_branch', [], function* (): Steps<tf.Tensor[]> {
    return carrier.pack(yield whenFalse)
  })
  checkKinds('cond', 'both branches must give the same kinds of tensors', yes, no)
  const results = node.finish(
    yes.map(({ shape, dtype }, index) => ({
      shape: shape.map((size, axis) =>
        size === no[index]!.shape[axis] ? size : recorder.options.freeSizes.next(),
      ),
      dtype,
    })),
  )
  return carrier.unpack(results)
}

function* loopSteps(
  test: (...variables: tf.Tensor[]) => Maybe<tf.Tensor[]>,
  body: (...variables: tf.Tensor[]) => Maybe<tf.Tensor[]>,
  variables: readonly tf.Tensor[],
  carrier: Carrier = PLAIN,
): Steps<tf.Tensor[]> {
  const isEager = !isCapturing()
  const unrolling = activeRecorder()?.options.unrolling
  let current = [...variables]
  for (let round = 0; isEager || round < unrolling!.limit; round++) {
    const [flag] = yield () => test(...current)
    const known = knownNumber(flag!)
    if (known === undefined) break
    if (!known) return current
    if (unrolling !== undefined) unrolling.wasUsed = true
    current = yield () => body(...current)
  }
  return yield* recordLoop(test, body, variables, carrier)
}

/** Sizes of variables are tried as they begin; one that the body changes becomes a size that varies. */
function* recordLoop(
  test: (...variables: tf.Tensor[]) => Maybe<tf.Tensor[]>,
  body: (...variables: tf.Tensor[]) => Maybe<tf.Tensor[]>,
  variables: readonly tf.Tensor[],
  carrier: Carrier,
): Steps<tf.Tensor[]> {
  const recorder = activeRecorder()!
  const { freeSizes } = recorder.options
  const [first] = yield () => test(...variables)
  const flag = recorder.valueOf(truth(first!))
  const free = variables.map(() => new Map<number, number>())
  for (;;) {
    const packed = carrier.pack(variables)
    const specs = packed.map((tensor, index) => freed(specOf(tensor), free[index]!))
    const node = new NestingNode(recorder, 'Loop', [
      flag,
      ...packed.map((tensor) => recorder.simplestOf(tensor)),
    ])
    const [, ...results] = yield* node.record('body', specs, function* (tensors): Steps<
      tf.Tensor[]
    > {
      const next = yield () => body(...carrier.unpack(tensors))
      const [again] = yield () => test(...next)
      return [truth(again!), ...carrier.pack(next)]
    })
    if (carrier.isStale?.()) continue
    checkKinds('whileLoop', 'the body must give the kinds of tensors that it takes', specs, results)
    let isStable = true
    for (const [index, { shape }] of specs.entries()) {
      for (const [axis, size] of shape.entries()) {
        if (size === results[index]!.shape[axis] || free[index]!.has(axis)) continue
        free[index]!.set(axis, freeSizes.next())
        isStable = false
      }
    }
    if (!isStable) continue
    const ends = free.map(
      (axes) => new Map([...axes.keys()].map((axis) => [axis, freeSizes.next()])),
    )
    return carrier.unpack(node.finish(specs.map((spec, index) => freed(spec, ends[index]!))))
  }
}

/** The spec with other sizes along some axes. */
function freed({ shape, dtype }: TensorSpec, sizes: ReadonlyMap<number, number>): TensorSpec {
  return { shape: shape.map((size, axis) => sizes.get(axis) ?? size), dtype }
}

/** A node that holds graphs, while they are recorded. */
class NestingNode {
  readonly #recorder: Recorder
  readonly #op: string
  readonly #inputs: Value[]
  readonly #formals: number
  readonly #graphs: Record<string, Graph> = {}

  constructor(recorder: Recorder, op: string, inputs: readonly Value[]) {
    this.#recorder = recorder
    this.#op = op
    this.#inputs = [...inputs]
    this.#formals = inputs.length
  }

  /**
   * Records one of the graphs.
   *
   * @param specs what it takes.
   * @returns what it gives.
   */
  *record(
    name: string,
    specs: readonly TensorSpec[],
    steps: (tensors: tf.Tensor[]) => Steps<tf.Tensor[]>,
  ): Steps<readonly TensorSpec[]> {
    const recording = this.#recorder.openGraph(specs)
    try {
      const results = yield* steps(recording.tensors.map(toTensor))
      const { graph, taken } = recording.finish(results)
      for (const [outer, inner] of taken) {
        graph.inputs.push({ name: '', value: inner, state: false, from: this.#place(outer) })
      }
      this.#graphs[name] = graph
      return results.map(specOf)
    } finally {
      recording.close()
    }
  }

  #place(value: Value): number {
    const at = this.#inputs.indexOf(value, this.#formals)
    return at < 0 ? this.#inputs.push(value) - 1 : at
  }

  finish(specs: readonly TensorSpec[]): tf.Tensor[] {
    const node: Node = {
      op: this.#op,
      domain: 'tfjs',
      inputNames: this.#inputs.slice(0, this.#formals).map((_, index) => String(index)),
      inputs: this.#inputs,
      attrs: this.#graphs,
      formals: this.#formals,
      outputs: specs.map(({ shape, dtype }) => createValue([...shape], dtype)),
      scope: currentScope(),
    }
    for (const output of node.outputs) output.node = node
    return this.#recorder.addNode(node).map(toTensor)
  }
}

/** A tensor of the program under way for what was recorded. */
export function toTensor(info: tf.TensorInfo): tf.Tensor {
  return tf.engine().makeTensorFromTensorInfo(info)
}

/** Shape and type of a tensor. */
export function specOf({ shape, dtype }: tf.TensorInfo): TensorSpec {
  return { shape, dtype: dtype as TensorSpec['dtype'] }
}

/** The number that decides; undefined when it is not known while a program is captured. */
function knownNumber(tensor: tf.Tensor): number | undefined {
  return knownNumbers(tensor)?.[0]
}

/** The numbers of a tensor; undefined when they depend on the inputs of a program that is being captured. */
export function knownNumbers(tensor: tf.Tensor): readonly number[] | undefined {
  const numbers = isCapturing() ? activeRecorder()!.numbersOf(tensor) : tensor.dataSync()
  return numbers && Array.from(numbers as ArrayLike<number | bigint>, Number)
}

/** As one truth value. */
function truth(tensor: tf.Tensor): tf.Tensor {
  const one = tensor.size === 1 ? tensor : tf.slice(tf.reshape(tensor, [-1]), 0, 1)
  const flag = one.dtype === 'bool' ? one : tf.notEqual(one, tf.scalar(0, one.dtype))
  return flag.rank === 0 ? flag : tf.reshape(flag, [])
}

function checkKinds(
  where: string,
  expected: string,
  one: readonly TensorSpec[],
  other: readonly TensorSpec[],
): void {
  const kind = ({ shape, dtype }: TensorSpec) => `${dtype} of rank ${shape.length}`
  const [a, b] = [one.map(kind).join(', '), other.map(kind).join(', ')]
  if (a === b) return
  const layer = currentScope()
  throw new EngineError({
    where: layer === '' ? where : `${where} in layer ${layer}`,
    expected,
    given: `(${a}) and (${b})`,
  })
}
