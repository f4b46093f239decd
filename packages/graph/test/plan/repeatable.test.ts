import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import { registerOps } from '../../src/ops/table.ts'
import { compile } from '../../src/run/compile.ts'
import type { Forms } from '../../src/session/options.ts'

registerOps()
await tf.setBackend('cpu')

const test = suite<{ home: string; before: string | undefined }>('the same program')

test.before.each((context) => {
  context.home = mkdtempSync(join(tmpdir(), 'ashlar-forms-'))
  context.before = process.env.ASHLAR_HOME
  process.env.ASHLAR_HOME = context.home
})
test.after.each(({ home, before }) => {
  rmSync(home, { recursive: true, force: true })
  if (before === undefined) delete process.env.ASHLAR_HOME
  else process.env.ASHLAR_HOME = before
})

/** Compiles a convolution that several forms compete for. */
async function compiled(forms?: Forms): Promise<void> {
  const graph = capture(
    ({ x, f }) => ({ y: tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, 'same') }),
    {
      inputs: {
        x: { shape: [2, 32, 32, 32], dtype: 'float32' },
        f: { shape: [3, 3, 32, 32], dtype: 'float32' },
      },
    },
  )
  const program = await compile(graph, { threads: 1, forms })
  await program.dispose()
}

test('is computed in the same way whatever else this machine has run: no times are taken or read', async ({
  home,
}) => {
  await compiled('usual')
  assert.equal(readdirSync(home), [])
})

test('takes times where it is asked to', async ({ home }) => {
  // On a machine that is busy times say nothing, and none are kept.
  for (let tries = 0; tries < 20 && !existsSync(join(home, 'forms')); tries++) {
    await compiled('measured')
  }
  assert.is(readdirSync(join(home, 'forms')).length, 1)
})

test.run()
