import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import { portableTarget, type Target } from '../../src/lower/target.ts'
import type { KernelExample } from '../../src/ops/declaration.ts'
import { listKernels } from '../../src/ops/registry.ts'
import { registerOps } from '../../src/ops/table.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { closeTo } from '../support/close-to.ts'
import { JUMPING } from '../support/jumping-examples.ts'
import { callKernel, numbers, runCaptured } from '../support/kernel-example.ts'

registerOps()

const targets = [portableTarget(), await cpuTarget()]
const { test, slow } = tieredSuite(
  'op table: declared derivatives equal central differences in double precision',
)

/** Examples that tfjs's CPU backend cannot compute or gets wrong; the derivative is then checked elsewhere. */
const NO_REFERENCE: Readonly<Record<string, string>> = {
  ...JUMPING,
  'DepthToSpace channels first': 'tfjs has it for channels last alone',
  'LowerBound 0': 'tfjs calls SearchSorted instead',
  'UpperBound 0': 'tfjs calls SearchSorted instead',
}

interface Case {
  readonly name: string
  readonly kernel: string
  readonly example: KernelExample
  /** Float inputs, which it is differentiated by. */
  readonly by: readonly string[]
}

/** How many numbers of an input are moved: all of a small one, some of a larger one. */
const MOVED = 24

/** Which numbers of an input are moved. */
function placesOf({ example }: Case, name: string): number[] {
  const size = example.inputs[name]!.shape.reduce((product, each) => product * each, 1)
  if (size <= MOVED) return Array.from({ length: size }, (_, index) => index)
  return Array.from({ length: MOVED }, (_, index) => Math.floor(((index + 0.5) * size) / MOVED))
}

// What tfjs itself computes wrong is decided elsewhere, by kernels that were put right. What is as large as its numbers say is not captured at fixed sizes.
const cases: Case[] = listKernels().flatMap(
  ({ kernel, gradient, examples, wrongInTfjs, givesSizes }) =>
    gradient === undefined || wrongInTfjs?.instead !== undefined || givesSizes
      ? []
      : examples.flatMap((example, index) => {
          const name = `${kernel} ${example.name ?? index}`
          const refused = Object.keys(gradient.refused ?? {})
          const by = Object.entries(example.inputs)
            .filter(
              ([input, { dtype = 'float32' }]) => dtype === 'float32' && !refused.includes(input),
            )
            .map(([input]) => input)
          return by.length === 0 || name in NO_REFERENCE ? [] : [{ name, kernel, example, by }]
        }),
)

interface Differences {
  readonly by?: Readonly<Record<string, readonly number[]>>
  readonly failed?: string
}

/** Every so many kernels of those that have a derivative are in the quick tests; a large example takes seconds, as it is computed again for each number that is moved. */
const SHARE = 4
const LARGE = 1000
const isQuick = ({ example }: Case, index: number) =>
  index % SHARE === 0 &&
  Object.values(example.inputs).every(({ shape }) => shape.reduce((a, b) => a * b, 1) < LARGE)
for (const [declare, own] of [
  [test, cases.filter(isQuick)],
  [slow, cases.filter((each, index) => !isQuick(each, index))],
] as const) {
  let differences: readonly Differences[] | undefined
  for (const [index, each] of own.entries()) {
    for (const target of targets) {
      const form = target.portable ? '' : ' in forms for the CPU'
      declare(`${each.name}${form}`, () => {
        differences ??= differencesOf(own)
        return checkDerivative(each, differences[index]!, target)
      })
    }
  }
}

/** What a process of its own says of all cases. */
function differencesOf(all: readonly Case[]): Differences[] {
  const calls = all.map((each) => {
    const { kernel, example, by } = each
    return {
      kernel,
      attrs: example.attrs ?? {},
      by: Object.fromEntries(by.map((name) => [name, placesOf(each, name)])),
      inputs: Object.fromEntries(
        Object.entries(example.inputs).map(([name, input]) => [
          name,
          {
            shape: input.shape,
            dtype: input.dtype ?? 'float32',
            values: Array.from(numbers(input, name), Number),
          },
        ]),
      ),
    }
  })
  const program = fileURLToPath(new URL('../support/float64-differences.mjs', import.meta.url))
  const { stdout, stderr, status } = spawnSync(process.execPath, [program], {
    input: JSON.stringify(calls),
    maxBuffer: 2 ** 28,
    encoding: 'utf8',
  })
  assert.is(status, 0, stderr)
  return JSON.parse(stdout) as Differences[]
}

async function checkDerivative(
  each: Case,
  { by: expected, failed }: Differences,
  target: Target,
): Promise<void> {
  const { kernel, example, by } = each
  assert.is(failed, undefined)
  const program = (inputs: Record<string, tf.Tensor>) => {
    const weighed = (...variables: tf.Tensor[]) => {
      const given = {
        ...inputs,
        ...Object.fromEntries(by.map((name, at) => [name, variables[at]!])),
      }
      const outputs = callKernel(kernel, given, example)
      const sums = outputs.map((output, index) => {
        const weights = Float32Array.from({ length: output.size }, (_, at) =>
          Math.cos(1.37 * at + index),
        )
        const weighed = tf.mul(tf.cast(output, 'float32'), tf.tensor(weights, output.shape))
        return tf.sum(weighed)
      })
      return tf.addN(sums).asScalar()
    }
    const grads = tf.grads(weighed)(by.map((name) => inputs[name]!))
    return Object.fromEntries(by.map((name, at) => [name, grads[at]!]))
  }
  const { results, graph } = await runCaptured(program, example.inputs, target)
  for (const name of by) {
    const { value } = graph.outputs.find((output) => output.name === name)!
    assert.equal(value.shape, example.inputs[name]!.shape, `shape by ${name}`)
    const found = placesOf(each, name).map((index) => Number(results[name]![index]))
    closeTo(found, expected![name]!, 1e-4)
  }
}

test.run()
