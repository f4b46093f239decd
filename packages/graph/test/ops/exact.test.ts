import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findKernel, listKernels } from '../../src/ops/registry.ts'
import { registerOps } from '../../src/ops/table.ts'

registerOps()

const test = suite('what kernels mean, in double precision')

/** Arguments and result, computed with 120 digits by mpmath 1.3.0 and rounded to doubles: nothing of JavaScript's is in them. */
const VALUES = JSON.parse(
  readFileSync(new URL('exact-values.json', import.meta.url), 'utf8'),
) as Record<string, (readonly number[])[]>

for (const [kernel, rows] of Object.entries(VALUES)) {
  test(`${kernel} is right to 1e-11`, () => {
    const { of } = findKernel(kernel)!.exact!
    for (const row of rows) {
      const [given, wanted] = [row.slice(0, -1), row.at(-1)!]
      const got = of!(...given, {})
      const isRight = Math.abs(got - wanted) <= 1e-11 * Math.abs(wanted) + 1e-300
      assert.ok(isRight, `${kernel}(${given}): expected ${wanted}, got ${got}`)
    }
  })
}

/** Functions that are one operation of JavaScript's, or a choice between numbers. */
const PLAIN = new Set([
  ...['Abs', 'Ceil', 'Floor', 'Identity', 'IsFinite', 'IsInf', 'IsNan', 'LeakyRelu', 'LogicalNot'],
  ...['Neg', 'Relu', 'Relu6', 'Round', 'Sign', 'Square', 'Step', 'ZerosLike', 'OnesLike'],
  ...[
    'ClipByValue',
    'EluGrad',
    'Add',
    'Sub',
    'Multiply',
    'RealDiv',
    'FloorDiv',
    'Maximum',
    'Minimum',
  ],
  ...[
    'SquaredDifference',
    'Prelu',
    'Equal',
    'NotEqual',
    'Greater',
    'GreaterEqual',
    'Less',
    'LessEqual',
  ],
  ...['LogicalAnd', 'LogicalOr', 'LogicalXor', 'BitwiseAnd'],
])

test('every other elementwise kernel has values of somebody else', () => {
  const open = listKernels().filter(
    ({ kernel, exact }) => exact?.of !== undefined && !PLAIN.has(kernel) && !(kernel in VALUES),
  )
  assert.equal(
    open.map(({ kernel }) => kernel),
    [],
  )
})

for (const [x, wanted] of [
  [0.5, 0],
  [1.5, 2],
  [2.5, 2],
  [-0.5, 0],
  [-1.5, -2],
  [8388607.5, 8388608],
  [2.4, 2],
  [-2.6, -3],
] as const) {
  test(`Round(${x}) is ${wanted}`, () => {
    assert.is(findKernel('Round')!.exact!.of!(x, {}) + 0, wanted)
  })
}

test('a power of one is one, and zero to the power of zero', () => {
  const { of } = findKernel('Pow')!.exact!
  for (const [a, b, wanted] of [
    [1, Number.NaN, 1],
    [-1, Number.POSITIVE_INFINITY, 1],
    [Number.NaN, 0, 1],
    [0, 0, 1],
    [-8, 3, -512],
    [-0, -3, Number.NEGATIVE_INFINITY],
  ] as const) {
    assert.is(of!(a, b), wanted, `${a} ** ${b}`)
  }
  assert.ok(Number.isNaN(of!(-8, 1 / 3)))
})

test.run()
