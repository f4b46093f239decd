import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { scan } from '../../src/capture/scan.ts'
import { portableTarget } from '../../src/lower/target.ts'
import type { ExampleInput, KernelExample } from '../../src/ops/declaration.ts'
import { listKernels } from '../../src/ops/registry.ts'
import { registerOps } from '../../src/ops/table.ts'
import { optimize } from '../../src/passes/optimize.ts'
import { repairTfjs } from '../../src/tfjs/repair.ts'
import { checkProgram } from '../support/check-program.ts'
import { callKernel, captureExample } from '../support/kernel-example.ts'

registerOps()
repairTfjs()
await tf.setBackend('cpu')

const test = suite('kernels for all steps at once')

const TIME = 3

/** One input of each step: made up, or the example's numbers, each time from another one on. */
function stacked({ values, ...input }: ExampleInput): ExampleInput {
  const shape = [TIME, ...input.shape]
  if (values === undefined) return { ...input, shape }
  const all = Array.from({ length: TIME }, (_, time) => [
    ...values.slice(time % values.length),
    ...values.slice(0, time % values.length),
  ])
  return { ...input, shape, values: all.flat() }
}

/** A kernel's example, with inputs that are others in each step. */
interface Case {
  readonly kernel: string
  readonly example: KernelExample
  /** Names of those inputs. */
  readonly changing: readonly string[]
}

function casesOf(kernel: string, example: KernelExample): Case[] {
  const names = Object.keys(example.inputs)
  const each = names.length === 1 ? [] : names.map((name) => [name])
  // Numbers that say where to look must stay as they are.
  return [names, ...each].map((changing) => ({ kernel, example, changing }))
}

const declarations = listKernels().filter(
  ({ allSteps, exact, givesSizes, sumOfSteps }) =>
    (allSteps ?? sumOfSteps ?? exact?.of) !== undefined && !givesSizes,
)

const cases = declarations.flatMap(({ kernel, examples }) =>
  examples
    .filter(
      ({ inputs, expected }) =>
        expected === undefined &&
        Object.values(inputs).every(({ dtype }) => dtype !== 'string' && dtype !== 'complex64'),
    )
    .flatMap((example) => casesOf(kernel, example)),
)

/** Rows of a kernel's outputs, and the sum of the first of them over all steps. */
function runCase(
  { kernel, example, changing }: Case,
  tensors: Readonly<Record<string, tf.Tensor>>,
): Record<string, tf.Tensor> {
  const call = (inputs: Record<string, tf.Tensor>) =>
    [callKernel(kernel, inputs, example)].flat() as tf.Tensor[]
  const at = (name: string) => tf.squeeze(tf.slice(tensors[name]!, 0, 1), [0])
  const first = call(
    Object.fromEntries(
      Object.keys(example.inputs).map((name) => [
        name,
        changing.includes(name) ? at(name) : tensors[name]!,
      ]),
    ),
  )
  const sums = first[0]!.dtype === 'float32' ? [tf.zeros(first[0]!.shape)] : []
  const result = scan(
    (states, slices) => {
      const own = Object.fromEntries(changing.map((name, index) => [name, slices[index]!]))
      const inOrder = Object.keys(example.inputs).map((name) => [name, own[name] ?? tensors[name]!])
      const rows = call(Object.fromEntries(inOrder))
      return { states: states.map((sum) => tf.add(sum, rows[0]!)), rows }
    },
    sums,
    changing.map((name) => tensors[name]!),
  )
  const all = [...result.states, ...result.rows]
  return Object.fromEntries(all.map((each, index) => [String(index), each]))
}

const inputs: Record<string, ExampleInput> = {}
for (const [index, { example, changing }] of cases.entries()) {
  for (const [name, input] of Object.entries(example.inputs)) {
    inputs[`${index}/${name}`] = changing.includes(name) ? stacked(input) : input
  }
}

/** All of them as one program: one graph is compiled for all. */
function program(tensors: Record<string, tf.Tensor>): Record<string, tf.Tensor> {
  const results = cases.flatMap((each, index) => {
    const own = Object.keys(each.example.inputs).map((name) => [name, tensors[`${index}/${name}`]!])
    const of = `${each.kernel} ${each.example.name ?? ''} ${each.changing}`
    return Object.entries(runCase(each, Object.fromEntries(own))).map(
      ([name, tensor]) => [`${index} ${of} ${name}`, tensor] as const,
    )
  })
  return Object.fromEntries(results)
}

test('what is computed for all steps at once equals one step after the other', async () => {
  assert.ok(cases.length > 200, String(cases.length))
  await checkProgram(program, inputs, 2e-5)
})

/** Whether a case is computed without a loop. */
function isAllAtOnce(each: Case): boolean {
  const own = Object.entries(each.example.inputs).map(([name, input]) => [
    name,
    each.changing.includes(name) ? stacked(input) : input,
  ])
  const run = (tensors: Record<string, tf.Tensor>) => runCase(each, tensors)
  const graph = optimize(captureExample(run, Object.fromEntries(own)), portableTarget())
  return graph.nodes.every(({ op }) => op !== 'Scan')
}

/** What is the same in each step needs none of them; a gradient by a filter goes at once as the sum over all steps alone. */
const BY_STEPS = ['ZerosLike', 'OnesLike', 'Conv2DBackpropFilter', 'Conv3DBackpropFilterV2']

// Not every input may change, nor every attribute be as it likes: of each other kernel some case goes at once.
test('nothing of it is left in loops', () => {
  const kernels = [...new Set(cases.map(({ kernel }) => kernel))]
  const left = kernels.filter(
    (kernel) => !cases.some((each) => each.kernel === kernel && isAllAtOnce(each)),
  )
  assert.equal(left, BY_STEPS)
})

test.run()
