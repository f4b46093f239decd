import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createValue, emptyGraph, kernelNode, type Value } from '../../src/ir/index.ts'
import {
  type ActivationFunction,
  activationFunctions,
  type Numbers,
} from '../../src/ops/activation-functions.ts'
import { registerOps } from '../../src/ops/table.ts'
import { compile } from '../../src/run/compile.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'

registerOps()

const test = suite('functions of one number in few passes')

/** What functions that go by numbers are tried with. */
const GIVEN: Readonly<Record<string, readonly Numbers[]>> = {
  elu: [
    { alpha: 1, scale: 1 },
    { alpha: 0.3, scale: 1 },
    { alpha: 1.6732632423543772 * 1.0507009873554805, scale: 1.0507009873554805 },
  ],
  leakyRelu: [{ alpha: 0.3 }],
  hardSigmoid: [
    { slope: 0.2, middle: 0.5 },
    { slope: 1 / 6, middle: 0.5 },
  ],
}

const target = await cpuTarget()

const sizes = [0, 1e-37, 1e-12, 1e-6, 1e-3, 0.2, 0.7, 1.3, 2.2, 2.9, 3.1, 4.4, 7, 11, 17, 25, 60]
const PLACES = [...sizes, 90, 400, 1e10].flatMap((each) => [each, -each]).map(Math.fround)

/** A last digit or two beside one, and beside x as far as a factor of it is not 0 or 1 yet. */
const near = (got: number, wanted: number, x: number) =>
  Math.abs(got - wanted) <=
  4e-7 * Math.max(1, Math.abs(wanted)) + 1.5e-7 * Math.min(Math.abs(x), 20)

async function run(name: string, numbers: Numbers) {
  const { slopeFrom } = activationFunctions[name]!
  const [x, y, slope] = [0, 1, 2].map(() => createValue([PLACES.length], 'float32')) as [
    ...[Value, Value, Value],
  ]
  const known = { x, y }
  const given = Object.fromEntries(slopeFrom.map((each) => [each, known[each]]))
  const attrs = { function: name, ...numbers }
  const graph = {
    ...emptyGraph(),
    inputs: [{ name: 'x', value: x, state: false }],
    outputs: Object.entries({ y, slope }).map(([as, value]) => ({ name: as, value, state: false })),
    nodes: [
      kernelNode('Activation', { x }, [y], { attrs, scope: '' }),
      kernelNode('ActivationSlope', given, [slope], { attrs, scope: '' }),
    ],
  }
  const program = await compile(graph, { target })
  const results = await program.run({ x: Float32Array.from(PLACES) })
  await program.dispose()
  return results as Record<'y' | 'slope', ArrayLike<number>>
}

for (const [name, meaning] of Object.entries(activationFunctions)) {
  for (const numbers of GIVEN[name] ?? [{}]) {
    const of = `${name}(${Object.values(numbers)})`
    test(`${of} and its slope are what they mean`, async () => {
      const { y, slope } = await run(name, numbers)
      for (const [index, x] of PLACES.entries()) {
        const wanted = meaning.of(x, numbers)
        assert.ok(near(y[index]!, wanted, x), `${of} of ${x}: ${y[index]}, not ${wanted}`)
        const rise = meaning.slopeOf({ x, y: wanted }, numbers)
        assert.ok(near(slope[index]!, rise, x), `slope at ${x}: ${slope[index]}, not ${rise}`)
      }
    })

    test(`${of} rises as its slope says`, () => {
      for (const x of [-7, -2.9, -1.3, -0.4, -1e-2, 1e-2, 0.3, 1.1, 2.8, 3.3, 8]) {
        const step = 1e-5
        const rise = meaning.of(x + step, numbers) - meaning.of(x - step, numbers)
        const slope = meaning.slopeOf({ x, y: meaning.of(x, numbers) }, numbers)
        assert.ok(Math.abs(rise / (2 * step) - slope) < 1e-5, `${of} at ${x}: ${slope}`)
      }
    })

    test(`${of} is told by what it gives`, () => {
      const found = meaning.fit?.((x) => meaning.of(x, numbers)) ?? {}
      assert.equal(Object.keys(found), Object.keys(numbers))
      for (const [key, value] of Object.entries(found)) {
        assert.ok(Math.abs(value - numbers[key]!) < 1e-9, `${key}: ${value}`)
      }
    })
  }
}

test('softplus and its slope are right where they are tiny, as logarithms of them are taken', async () => {
  const { of, slopeOf } = activationFunctions.softplus!
  const { y, slope } = await run('softplus', {})
  for (const [index, x] of PLACES.entries()) {
    if (x < -70 || x > 70) continue
    const wanted = [of(x, {}), slopeOf({ x, y: of(x, {}) }, {})] as const
    assert.ok(Math.abs(y[index]! / wanted[0] - 1) < 2e-6, `${y[index]}, not ${wanted[0]}`)
    assert.ok(Math.abs(slope[index]! / wanted[1] - 1) < 2e-6, `${slope[index]}, not ${wanted[1]}`)
  }
})

test('what goes by numbers is tried with some, and no other', () => {
  const going = Object.entries<ActivationFunction>(activationFunctions)
    .filter(([, { fit }]) => fit !== undefined)
    .map(([name]) => name)
  assert.equal(Object.keys(GIVEN).sort(), going.sort())
})

test.run()
