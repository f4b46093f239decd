import { strict as assert } from 'node:assert'
import * as tf from '@tensorflow/tfjs'
import type { Engine, EngineSession, PreparedProgram, Program } from '../engines/engine.ts'
import { onnxruntimeEngine } from '../engines/onnxruntime.ts'
import { norm, normalNumbers } from './numbers.ts'
import { restoring } from './run-program.ts'

/** Largest allowed difference between a derivative and its central difference, as a part of it. */
const TOLERANCE = 0.02

/** Derivatives smaller than this part of the largest one are compared in absolute terms: float32 says no more. */
const FLOOR = 2e-3

/**
 * Steps, as parts of the variable's length. The best one counts: large ones cross the kinks of ReLU, small ones drown in
 * rounding.
 */
const STEPS = [1e-2, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6]

/** Something to differentiate. */
export interface Differentiable {
  /** What to differentiate by. */
  readonly variables: Readonly<Record<string, tf.Variable>>
  /** Variables that it also reads or assigns. */
  readonly others?: Readonly<Record<string, tf.Variable>> | undefined
  /** A tensor of any shape, computed from the variables. */
  run(): tf.Tensor
}

/**
 * Holds the derivatives of a random mix of outputs against central differences, along the gradient of each variable and along a
 * random half of it.
 *
 * @param options.engine computes both; onnxruntime by default.
 * @param options.count how many variables are tried, spread over all; 12 by default.
 * @throws AssertionError that names the variable.
 */
export async function checkDerivatives(
  subject: Differentiable,
  options: { engine?: Engine; count?: number } = {},
): Promise<void> {
  const { engine = onnxruntimeEngine(), count = 12 } = options
  const { variables, others = {} } = subject
  await restoring(Object.values({ ...variables, ...others }), async () => {
    const session = await engine.open({ ...variables, ...others })
    try {
      const prepared = session.prepare(gradientProgram(subject))
      const probe = new Probe(session, prepared)
      const outputs = await probe.outputs()
      const names = spread(Object.keys(variables), count)
      const gradientBy = (name: string) => outputs[byName(name)] as Float32Array
      const largest = Math.max(...names.map((name) => norm(gradientBy(name))))
      assert.ok(largest > 0, 'the output must depend on at least one of the variables')
      for (const name of names) {
        for (const part of [1, 0.5]) {
          await checkAlong(probe, name, variables[name]!, gradientBy(name), largest, part)
        }
      }
    } finally {
      await session.dispose()
    }
  })
}

/** What is differentiated, among the program's outputs; the names of variables are the caller's. */
const OUTPUT = 'of.output'

/** A derivative, among the program's outputs. */
function byName(name: string): string {
  return `by.${name}`
}

/** Outputs as they are, and the derivative of their mix by each variable. */
function gradientProgram({ variables, run }: Differentiable): Program {
  return {
    name: 'derivatives',
    inputs: () => ({
      seed: { shape: [], dtype: 'int32' },
      step: { shape: [], dtype: 'int32' },
    }),
    run() {
      let values: tf.Tensor | undefined
      const list = Object.values(variables)
      const { grads } = tf.variableGrads(() => {
        const output = run()
        values = tf.keep(output.clone())
        const mix = tf.tensor(mixOf(output.size), output.shape)
        return tf.sum(tf.mul(output, mix)) as tf.Scalar
      }, list)
      const named = Object.entries(variables).map(([name, variable]) => [
        byName(name),
        // A variable that the output does not depend on has none.
        (grads[variable.name] as tf.Tensor | null) ?? tf.zerosLike(variable),
      ])
      const output = values!.clone()
      values!.dispose()
      return { [OUTPUT]: output, ...Object.fromEntries(named) }
    },
  }
}

/** Weights of the mix, unlike one another. Not drawn: a capture would take draws for the program's own. */
function mixOf(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.cos(1 + 12.9898 * i))
}

class Probe {
  readonly #session: EngineSession
  readonly #prepared: PreparedProgram

  constructor(session: EngineSession, prepared: PreparedProgram) {
    this.#session = session
    this.#prepared = prepared
  }

  outputs() {
    return this.#prepared.run(1, { seed: Int32Array.of(1), step: Int32Array.of(0) })
  }

  /** The mix of outputs, summed in double precision, with other numbers in one variable. */
  async value(variable: tf.Variable, numbers: Float32Array): Promise<number> {
    tf.tidy(() => variable.assign(tf.tensor(numbers, variable.shape)))
    this.#session.upload()
    const { [OUTPUT]: output } = await this.outputs()
    const mix = mixOf(output!.length)
    return mix.reduce((sum, weight, i) => sum + weight * Number(output![i]), 0)
  }
}

async function checkAlong(
  probe: Probe,
  name: string,
  variable: tf.Variable,
  gradient: Float32Array,
  largest: number,
  part: number,
): Promise<void> {
  const start = variable.dataSync().slice() as Float32Array
  const direction = directionOf(gradient, name, part, largest)
  const expected = direction.reduce((sum, value, i) => sum + value * gradient[i]!, 0)
  const length = norm(start) || 0.1 * Math.sqrt(start.length)
  const allowed = TOLERANCE * Math.abs(expected) + FLOOR * largest
  let closest = Number.NaN
  for (const relative of STEPS) {
    const step = relative * length
    const at = (sign: number) =>
      probe.value(
        variable,
        start.map((value, i) => value + sign * step * direction[i]!),
      )
    const found = ((await at(1)) - (await at(-1))) / (2 * step)
    if (!(Math.abs(found - expected) >= Math.abs(closest - expected))) closest = found
    if (Math.abs(closest - expected) <= allowed) break
  }
  tf.tidy(() => variable.assign(tf.tensor(start, variable.shape)))
  assert.ok(
    Math.abs(closest - expected) <= allowed,
    `derivative by ${name}: central differences give ${closest.toPrecision(5)}, got ${expected.toPrecision(5)}`,
  )
}

/** A vector of length 1: the gradient or a part of its numbers; a random one where there is no gradient to speak of. */
function directionOf(
  gradient: Float32Array,
  name: string,
  part: number,
  largest: number,
): Float64Array {
  const flat = norm(gradient) < FLOOR * largest
  const random = normalNumbers(gradient.length, name)
  const median = part === 1 ? Number.NEGATIVE_INFINITY : 0
  const direction = Float64Array.from(gradient, (value, i) =>
    random[i]! > median ? (flat ? random[i]! : value) : 0,
  )
  const length = norm(direction) || 1
  return direction.map((value) => value / length)
}

function spread<T>(list: readonly T[], count: number): T[] {
  if (list.length <= count) return [...list]
  return Array.from(
    { length: count },
    (_, i) => list[Math.round((i * (list.length - 1)) / (count - 1))]!,
  )
}
