import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  encodeSafetensors,
  loadSamples,
  readSamples,
  type Samples,
  type StoredTensor,
} from '@ashlar/core'
import { mnist } from '@ashlar/datasets'
import { instantiate } from '@ashlar/plugins'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlarJson } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite("int8 beside onnxruntime's own quantizer")

const python = process.env.ASHLAR_PYTHON ?? 'python3'
const modules = 'import onnxruntime.quantization, safetensors.numpy'
const hasQuantizer = spawnSync(python, ['-c', modules]).status === 0

/** Adding in int8 is quick where the CPU has instructions for it. */
const hasVnni = /\bavx(512)?_vnni\b/.test(
  process.platform === 'linux' ? readFileSync('/proc/cpuinfo', 'utf8') : '',
)

interface Side {
  readonly bytes: number
  readonly accuracy: number
  readonly milliseconds: number
}

/** Pictures spread over a split, as files take them. */
async function pictures(samples: Samples, count: number): Promise<[StoredTensor, StoredTensor]> {
  const rows = Array.from({ length: count }, (_, at) => Math.floor((at * samples.length) / count))
  const { inputs, labels } = await readSamples(samples, rows)
  const pixels = Float32Array.from(inputs as Uint8Array, (byte) => byte / 255)
  return [
    { dtype: 'F32', shape: [count, 28, 28, 1], data: pixels },
    { dtype: 'I32', shape: [count], data: Int32Array.from(labels as Uint8Array) },
  ]
}

if (hasQuantizer) {
  test('MiniResNet loses no more, is no larger and no slower', () =>
    inScratch({}, async (folder) => {
      const { run } = await ashlarJson<{ run: string }>(
        ...['train', 'mnist-mini-resnet', 'dataset.limit=6400', 'epochs=1'],
        ...['--out', join(folder, 'runs')],
      )
      await ashlarJson('export', run, '--quantize', 'int8', '--max-drop', '5')
      const { train, test: held } = await loadSamples(instantiate(mnist, {}))
      const [calibration] = await pictures(train, 256)
      const [inputs, labels] = await pictures(held, 2000)
      const tensors = new Map(Object.entries({ calibration, inputs, labels }))
      const samples = join(folder, 'samples.safetensors')
      await writeFile(samples, encodeSafetensors({ tensors, metadata: {} }))
      const files = [join(run, 'model.onnx'), join(run, 'model.int8.onnx'), samples]
      const script = fileURLToPath(new URL('quantize.py', import.meta.url))
      const { stdout, stderr, status } = spawnSync(
        python,
        [script, ...files, join(folder, 'theirs.onnx')],
        { encoding: 'utf8' },
      )
      assert.is(status, 0, stderr)
      const { float, ours, theirs } = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<
        'float' | 'ours' | 'theirs',
        Side
      >
      const size = ours.bytes / float.bytes
      const speed = float.milliseconds / ours.milliseconds
      const lost = 100 * (float.accuracy - ours.accuracy)
      process.stdout.write(
        `${lost.toFixed(2)} points lost (theirs ${(100 * (float.accuracy - theirs.accuracy)).toFixed(2)}), ` +
          `${size.toFixed(3)} of its size (${(theirs.bytes / float.bytes).toFixed(3)}), ` +
          `${speed.toFixed(2)} times as fast (${(float.milliseconds / theirs.milliseconds).toFixed(2)}), ` +
          `${hasVnni ? 'with' : 'without'} VNNI\n`,
      )
      assert.ok(lost <= 0.3)
      // Two samples of 2000 are chance.
      assert.ok(ours.accuracy >= theirs.accuracy - 0.001)
      assert.ok(size <= 0.3)
      assert.ok(ours.bytes <= 1.02 * theirs.bytes)
      assert.ok(ours.milliseconds <= 1.1 * theirs.milliseconds)
      if (hasVnni) assert.ok(speed >= 1.3, `${speed}`)
    }))
} else {
  test.skip(
    `${python} has no quantizer of onnxruntime: run scripts/peers/setup, or set ASHLAR_PYTHON`,
  )
}

test.run()
