import * as tf from '@tensorflow/tfjs'
import seedrandom from 'seedrandom'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { einsumByMatrices, isMatrixProduct } from '../../src/verify/einsum.ts'
import { onBackend, referenceBackends } from '../../src/verify/reference.ts'
import { withRepairedKernels } from '../../src/verify/repaired-kernels.ts'

const test = suite('einsum of two factors as a product of matrices')

test('is what the sum over all axes says, for equations of every kind', () => {
  const random = seedrandom.alea('einsum')
  const letters = [...'abcdefg']
  for (let round = 0; round < 200; round++) {
    const sizes = new Map(letters.map((letter) => [letter, 1 + Math.floor(random() * 3)]))
    const pick = (from: readonly string[], part: number) =>
      from.filter(() => random() < part).sort(() => random() - 0.5)
    const [first, second] = [pick(letters, 0.5), pick(letters, 0.5)]
    const result = pick([...new Set([...first, ...second])], 0.6)
    const equation = `${first.join('')}, ${second.join('')} -> ${result.join('')}`
    const tensorOf = (term: readonly string[]) => {
      const shape = term.map((letter) => sizes.get(letter)!)
      const length = shape.reduce((product, size) => product * size, 1)
      return tf.tensor(
        Float32Array.from({ length }, () => random() - 0.5),
        shape,
      )
    }
    assert.ok(isMatrixProduct(equation), equation)
    const [a, b] = [tensorOf(first), tensorOf(second)]
    const found = tf.tidy(() => einsumByMatrices(equation, a, b))
    assert.equal(
      found.shape,
      result.map((letter) => sizes.get(letter)),
      equation,
    )
    const wanted = summed(first, second, result, sizes, a, b)
    for (const [i, value] of found.dataSync().entries()) {
      assert.ok(Math.abs(value - wanted[i]!) < 1e-5, `${equation}: ${value} for ${wanted[i]}`)
    }
    tf.dispose([a, b, found])
  }
})

/** The definition: every index of every axis, one after the other. */
function summed(
  first: readonly string[],
  second: readonly string[],
  result: readonly string[],
  sizes: ReadonlyMap<string, number>,
  a: tf.Tensor,
  b: tf.Tensor,
): readonly number[] {
  const axes = [...new Set([...first, ...second])]
  const out: number[] = new Array(
    result.reduce((product, letter) => product * sizes.get(letter)!, 1),
  ).fill(0)
  const [x, y] = [a.dataSync(), b.dataSync()]
  const at = new Map<string, number>()
  const offset = (term: readonly string[]) =>
    term.reduce((sum, letter) => sum * sizes.get(letter)! + at.get(letter)!, 0)
  const visit = (axis: number) => {
    if (axis === axes.length) {
      out[offset(result)]! += x[offset(first)]! * y[offset(second)]!
      return
    }
    for (let i = 0; i < sizes.get(axes[axis]!)!; i++) {
      at.set(axes[axis]!, i)
      visit(axis + 1)
    }
  }
  visit(0)
  return out
}

test('other equations are none', () => {
  for (const equation of ['ab->ba', 'ab,bc,cd->ad', 'aab,b->a', 'ab,bc', '...a,ab->...b']) {
    assert.is(isMatrixProduct(equation), false, equation)
  }
})

test('takes the place of the kernel of a backend while a file is proved', async () => {
  await tf.setBackend('cpu')
  const shape = [8, 48, 64] as const
  const ones = () => tf.ones([...shape])
  await withRepairedKernels('cpu', () => {
    const held = tf.memory().numBytes
    let most = 0
    const { runKernel } = tf.engine()
    tf.engine().runKernel = ((...call: Parameters<typeof runKernel>) => {
      const found = runKernel.apply(tf.engine(), call)
      most = Math.max(most, tf.memory().numBytes - held)
      return found
    }) as typeof runKernel
    try {
      const found = tf.tidy(() => tf.einsum('abc,adc->abd', ones(), ones()))
      assert.equal(found.shape, [8, 48, 48])
      assert.ok(found.dataSync().every((value) => value === 64))
    } finally {
      tf.engine().runKernel = runKernel
    }
    // Every pair of rows of 64 numbers would be 4.7 MB.
    assert.ok(most < 1.5e6, `${most} bytes`)
  })
})

test('a backend without it gets it while a file is proved, and no longer', async () => {
  const wasm = referenceBackends.find(({ name }) => name === 'wasm')!
  assert.ok(await wasm.prepare())
  const values = await onBackend('wasm', () => {
    const [a, b] = [tf.tensor2d([[1, 2]]), tf.tensor2d([[3, 4]])]
    return [...tf.einsum('ab,cb->ac', a, b).dataSync()]
  })
  assert.equal(values, [11])
  assert.is(tf.getKernel('Einsum', 'wasm'), undefined)
})

test.run()
