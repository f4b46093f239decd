import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Model } from '@ashlar/core'
import { allClose } from '@ashlar/core/testing'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MultiHeadAttention, TransformerBlock } from '../../src/index.ts'
import { numbers } from '../support/numbers.ts'

const test = suite('attention by PyTorch')

const python = process.env.ASHLAR_PYTHON ?? 'python3'
const script = fileURLToPath(new URL('attention.py', import.meta.url))

const asJson = (each: tf.Tensor | tf.Variable) => ({
  shape: each.shape,
  data: [...each.dataSync()],
})

/** What each case is called, what PyTorch is asked, and our numbers. */
interface Case {
  readonly name: string
  readonly asked: object
  readonly found: number[]
}

/** Random weights, biases and norms too: zeros and ones would hide a mistake. */
function fill(model: Model): void {
  for (const [at, { variable }] of model.namedWeights().entries()) {
    variable.assign(numbers(variable.shape, 0.3 * at + 0.1).mul(0.6) as tf.Tensor)
  }
}

function caseOf(
  name: string,
  kind: string,
  model: MultiHeadAttention | TransformerBlock,
  inputs: tf.Tensor[],
  more: {
    readonly mask?: tf.Tensor
    readonly normFirst?: boolean
    readonly isCausal?: boolean
  } = {},
): Case {
  const { mask, ...rest } = more
  const given = inputs.length === 1 ? inputs[0]! : inputs
  tf.dispose(model.apply(given as tf.Tensor))
  fill(model)
  const kwargs = mask === undefined ? {} : { mask }
  const found = model.apply(given as tf.Tensor, kwargs) as tf.Tensor
  const { width, heads } = 'attention' in model ? model.attention : model
  const weights = Object.fromEntries(
    model.namedWeights().map(({ name: own, variable }) => [own, asJson(variable)]),
  )
  return {
    name,
    found: [...found.dataSync()],
    asked: {
      ...{ kind, width, heads, weights, inputs: inputs.map(asJson), isCausal: false, ...rest },
      ...(mask && { mask: asJson(mask) }),
    },
  }
}

function cases(): Case[] {
  const x = numbers([2, 6, 8])
  const found: Case[] = []
  for (const isCausal of [false, true]) {
    const called = isCausal ? ', causal' : ''
    found.push(
      caseOf(`attention${called}`, 'attention', new MultiHeadAttention(8, 2, { isCausal }), [x], {
        isCausal,
      }),
      caseOf(
        `rotary${called}`,
        'rotary',
        new MultiHeadAttention(8, 2, { isCausal, isRotary: true }),
        [x],
        { isCausal },
      ),
    )
    for (const normFirst of [true, false]) {
      found.push(
        caseOf(
          `block${called}, norms ${normFirst ? 'first' : 'last'}`,
          'block',
          new TransformerBlock({ width: 8, heads: 2, hidden: 12, isCausal, normFirst }),
          [x],
          { isCausal, normFirst },
        ),
      )
    }
  }
  found.push(
    caseOf('cross', 'attention', new MultiHeadAttention(8, 4, { isCross: true }), [
      x,
      numbers([2, 3, 8], 1),
    ]),
    caseOf('masked', 'attention', new MultiHeadAttention(8, 2), [x], {
      mask: tf.tensor2d(
        [
          [1, 1, 1, 1, 0, 0],
          [1, 1, 1, 1, 1, 1],
        ],
        [2, 6],
        'bool',
      ),
    }),
  )
  return found
}

if (spawnSync(python, ['-c', 'import torch']).status === 0) {
  test('has the same numbers: heads, causal, rotary, cross, masked, and the block around it', () => {
    const all = cases()
    const { stdout, stderr, status } = spawnSync(python, [script], {
      input: JSON.stringify(all.map(({ asked }) => asked)),
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    })
    assert.is(status, 0, stderr)
    const expected = JSON.parse(stdout) as number[][]
    for (const [at, { name, found }] of all.entries()) {
      assert.is(found.length, expected[at]!.length, name)
      allClose(found, expected[at]!, { absolute: 2e-5, relative: 1e-4 })
      // Numbers that are all alike would say little.
      assert.ok(Math.max(...found) - Math.min(...found) > 0.1, name)
    }
  })
} else {
  process.stdout.write('skipped: no PyTorch (scripts/peers/setup)\n')
  test.skip('has the same numbers')
}

test.run()
