import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeSafetensors, readSamples, type Samples, type StoredTensor } from '@ashlar/core'
import { loadAsTrained, openTrained } from '@ashlar/experiment'
import * as ort from 'onnxruntime-node'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { builtInPlugins } from '../../src/work/registry.ts'
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
  /** For the first samples. */
  readonly outputs: readonly number[]
}

type Sides = Readonly<Record<'float' | 'ours' | 'theirs' | 'half', Side>>

/** Samples spread over a split, as files take them. */
async function spread(samples: Samples, count: number): Promise<[StoredTensor, StoredTensor]> {
  const rows = Array.from({ length: count }, (_, at) => Math.floor((at * samples.length) / count))
  const { inputs, labels } = await readSamples(samples, rows)
  const shape = [count, ...samples.info.inputShape]
  const scale = inputs instanceof Uint8Array ? 1 / 255 : 1
  const data = Float32Array.from(inputs as Uint8Array, (each) => each * scale)
  return [
    { dtype: 'F32', shape, data },
    { dtype: 'I32', shape: [count], data: Int32Array.from(labels as Uint8Array | Int32Array) },
  ]
}

/** Trains an experiment, makes its files smaller here and by onnxruntime, and has Python run all of them. */
async function compare(
  folder: string,
  way: 'static' | 'dynamic',
  experiment: readonly string[],
): Promise<Sides> {
  const { run } = await ashlarJson<{ run: string }>(
    ...['train', ...experiment, '--out', join(folder, 'runs')],
  )
  const kind = way === 'static' ? 'int8' : 'dynamic'
  await ashlarJson('export', run, '--quantize', kind, '--max-drop', '5')
  await ashlarJson('export', run, '--precision', 'fp16')
  const opened = await openTrained(run, { registry: builtInPlugins(), overrides: [] })
  const { train, test: held } = await loadAsTrained(opened.run, opened.parts.dataset)
  const [calibration] = await spread(train, 256)
  const [inputs, labels] = await spread(held, Math.min(2000, held.length - (held.length % 50)))
  const tensors = new Map(Object.entries({ calibration, inputs, labels }))
  const samples = join(folder, 'samples.safetensors')
  await writeFile(samples, encodeSafetensors({ tensors, metadata: {} }))
  const [float, ours, half] = ['model', `model.${kind}`, 'model.fp16'].map((name) =>
    join(run, `${name}.onnx`),
  ) as [string, string, string]
  const script = fileURLToPath(new URL('quantize.py', import.meta.url))
  const { stdout, stderr, status } = spawnSync(
    python,
    [script, way, float, ours, samples, join(folder, 'theirs.onnx'), half],
    { encoding: 'utf8', maxBuffer: 2 ** 26 },
  )
  assert.is(status, 0, stderr)
  const sides = JSON.parse(stdout.trim().split('\n').at(-1)!) as Sides
  // What Python makes of them is what Node makes of them.
  for (const [name, file] of Object.entries({ ours, half })) {
    const session = await ort.InferenceSession.create(file, { logSeverityLevel: 4 })
    const shape = [32, ...inputs.shape.slice(1)]
    const data = inputs.data.slice(
      0,
      shape.reduce((product, size) => product * size, 1),
    )
    const fed = new ort.Tensor('float32', data as Float32Array, shape)
    const results = await session.run({ [session.inputNames[0]!]: fed })
    const found = results[session.outputNames[0]!]!.data as Float32Array
    await session.release()
    const wanted = sides[name as keyof Sides].outputs
    assert.is(found.length, wanted.length)
    const far = Math.max(...wanted.map((each, at) => Math.abs(each - found[at]!)))
    const largest = Math.max(...wanted.map(Math.abs))
    assert.ok(far <= 1e-3 * largest, `${name} differs by ${far} of ${largest}`)
  }
  const percent = (side: Side) => (100 * (sides.float.accuracy - side.accuracy)).toFixed(2)
  const size = (side: Side) => (side.bytes / sides.float.bytes).toFixed(3)
  const speed = (side: Side) => (sides.float.milliseconds / side.milliseconds).toFixed(2)
  process.stdout.write(
    `${percent(sides.ours)} points lost (theirs ${percent(sides.theirs)}), ${size(sides.ours)} of its size (${size(sides.theirs)}), ` +
      `${speed(sides.ours)} times as fast (${speed(sides.theirs)}), ${hasVnni ? 'with' : 'without'} VNNI\n`,
  )
  // Two samples of 2000 are chance.
  assert.ok(sides.ours.accuracy >= sides.theirs.accuracy - 0.001)
  assert.ok(sides.half.accuracy >= sides.float.accuracy - 0.001)
  assert.ok(sides.ours.bytes <= 1.02 * sides.theirs.bytes)
  assert.ok(sides.half.bytes < 0.6 * sides.float.bytes)
  return sides
}

if (hasQuantizer) {
  test('MiniResNet loses no more, is no larger and no slower', () =>
    inScratch({}, async (folder) => {
      const experiment = ['mnist-mini-resnet', 'dataset.limit=6400', 'epochs=1']
      const { float, ours, theirs } = await compare(folder, 'static', experiment)
      const speed = float.milliseconds / ours.milliseconds
      assert.ok(float.accuracy - ours.accuracy <= 0.003)
      assert.ok(ours.bytes <= 0.3 * float.bytes)
      assert.ok(ours.milliseconds <= 1.1 * theirs.milliseconds)
      if (hasVnni) assert.ok(speed >= 1.3, `${speed}`)
    }))

  test('a transformer whose ranges are found in each run loses no more, is no larger and no slower', () =>
    inScratch({}, async (folder) => {
      const { ours, theirs } = await compare(folder, 'dynamic', ['text-classify', 'epochs=4'])
      assert.ok(ours.milliseconds <= 1.1 * theirs.milliseconds)
    }))
} else {
  test.skip(
    `${python} has no quantizer of onnxruntime: run scripts/peers/setup, or set ASHLAR_PYTHON`,
  )
}

test.run()
