import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { allClose } from '@ashlar/core/testing'
import { exportOnnx, type InputSpecs } from '@ashlar/export'
import { inScratch, sampleOf } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as ort from 'onnxruntime-node'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadOnnx } from '../../src/index.ts'
import { numbers } from '../support/make-onnx.ts'
import type { Feed } from '../support/real-file.ts'
import {
  exportAndCompare,
  hasModules,
  hasNetworks,
  type Outcome,
  outcomeOf,
  python,
} from '../support/real-networks.ts'

const test = suite('real files')

/**
 * Of torchvision and timm, as torch's exporter of today writes them, and the one before it; each with the most transposes that its file may have after export again: a stack of convolutions has
 * none, a layer norm over channels two, and attention those of its heads.
 */
const TRANSPOSES: Readonly<Record<string, number>> = {
  ...of('torchvision:resnet50:64', 0),
  ...of('torchvision:mobilenet_v3_small:64', 0),
  ...of('torchvision:efficientnet_b0:64', 0),
  ...of('torchvision:convnext_tiny:64', 36),
  'timm:vit_tiny_patch16_224:64': 61,
  ...of('torchvision:regnet_y_400mf:64', 0),
  ...of('torchvision:densenet121:64', 0),
  ...of('torchvision:swin_t:64', 65),
}

/** A network by both exporters. */
function of(name: string, transposes: number): Record<string, number> {
  return { [name]: transposes, [`${name}:script`]: transposes }
}

const NETWORKS = sampleOf(7, 'networks', Object.keys(TRANSPOSES))

/** Of Keras: one to turn the images of a batch, two around a convolution over time. */
const KERAS: Readonly<Record<string, number>> = { 'keras:mobile': 1, 'keras:sequence': 2 }

/** What did badly, and what has more transposes than it may have. */
function problemsOf(
  outcomes: readonly Outcome[],
  most: Readonly<Record<string, number>>,
): readonly unknown[] {
  return outcomes.filter(
    ({ name, problem, transposes = 0 }) => problem !== undefined || transposes > most[name]!,
  )
}

const NEAR = { absolute: 1e-5 }

const batch = (...sizes: readonly number[]): Feed => ({ shape: [2, ...sizes] })

/** Files that lie in packages, and what they are fed. */
const FILES: Readonly<Record<string, Readonly<Record<string, Feed>>>> = {
  'rapidocr_onnxruntime/models/ch_ppocr_mobile_v2.0_cls_infer.onnx': { x: batch(3, 48, 192) },
  'rapidocr_onnxruntime/models/ch_PP-OCRv4_det_infer.onnx': { x: batch(3, 64, 96) },
  'rapidocr_onnxruntime/models/ch_PP-OCRv4_rec_infer.onnx': { x: batch(3, 48, 96) },
  'silero_vad/data/silero_vad_16k_op15.onnx': {
    input: { shape: [3, 576], free: ['batch', 576] },
    state: { shape: [2, 3, 128], free: [2, 'batch', 128] },
    sr: { shape: [], values: [16000], free: [] },
  },
  'silero_vad/data/silero_vad_half.onnx': {
    input: { shape: [3, 576], free: ['batch', 576] },
    state: { shape: [2, 3, 128], free: [2, 'batch', 128] },
  },
  'silero_vad/data/silero_vad_openvino_16k.onnx': {
    input: { shape: [1, 576], free: [1, 576] },
    state: { shape: [2, 1, 128], free: [2, 1, 128] },
  },
  'magika/models/standard_v3_3/model.onnx': { bytes: { shape: [2, 2048], below: 257 } },
  'nudenet/320n.onnx': { images: batch(3, 64, 64) },
  'basic_pitch/saved_models/icassp_2022/nmp.onnx': {},
  'package/dist/silero_vad_legacy.onnx': {
    input: { shape: [3, 512], free: ['batch', 512] },
    sr: { shape: [], values: [16000], free: [] },
    h: { shape: [2, 3, 64], free: [2, 'batch', 64] },
    c: { shape: [2, 3, 64], free: [2, 'batch', 64] },
  },
}

/** Two networks in one file: a rate that is an input says which, and how many samples a chunk has. */
const VAD = 'silero_vad/data/silero_vad.onnx'

const where = spawnSync(python, ['-c', 'import sys; print(sys.prefix)'], { encoding: 'utf8' })
const folder = join((where.stdout ?? '').trim(), 'model-files')

if (hasNetworks('onnxscript')) {
  test('of torchvision and timm give what they should, and after export again', () =>
    inScratch({}, async (scratch) => {
      const outcomes = await exportAndCompare('write-networks.py', [scratch, ...NETWORKS])
      assert.equal(
        outcomes.map(({ name }) => name),
        NETWORKS,
      )
      assert.equal(problemsOf(outcomes, TRANSPOSES), [])
    }))
} else test.skip(`${python} has no torchvision, timm and onnxscript: run scripts/peers/setup`)

if (hasModules('keras', 'torch', 'onnxscript')) {
  test('of Keras', () =>
    inScratch({}, async (scratch) => {
      const outcomes = await exportAndCompare('write-keras.py', [scratch])
      assert.equal(
        outcomes.map(({ name }) => name),
        Object.keys(KERAS),
      )
      assert.equal(problemsOf(outcomes, KERAS), [])
    }))
} else test.skip(`${python} has no keras: run scripts/peers/setup`)

if (existsSync(folder)) {
  test('inside packages of PyPI and npm', async () => {
    const problems: unknown[] = []
    for (const [name, feeds] of sampleOf(4, 'files', Object.entries(FILES))) {
      const outcome = await outcomeOf(name, join(folder, name), feeds)
      if (outcome.problem !== undefined) problems.push(outcome)
    }
    assert.equal(problems, [])
  })

  for (const [rate, size] of [
    [16000, 576],
    [8000, 288],
  ] as const) {
    test(`${VAD} at ${rate} Hz: chunk after chunk, each with the state of the one before`, async () => {
      const path = join(folder, VAD)
      const model = await loadOnnx(path, { fixed: { sr: rate } })
      assert.ok(model.namedWeights().length >= 11, 'what lies in the branch that is taken trains')
      const batch = 3
      const inputs = {
        input: { shape: ['batch', size] },
        state: { shape: [2, 'batch', 128] },
      } satisfies InputSpecs
      const { bytes } = await exportOnnx(model, { inputs })
      const original = await ort.InferenceSession.create(path, { logSeverityLevel: 4 })
      const exported = await ort.InferenceSession.create(bytes, { logSeverityLevel: 4 })
      const tensor = (data: Float32Array, ...shape: number[]) =>
        new ort.Tensor('float32', data, shape)
      const sr = new ort.Tensor('int64', BigInt64Array.of(BigInt(rate)), [])
      const zeros = () => new Float32Array(2 * batch * 128)
      let [wanted, again, imported] = [zeros(), zeros(), zeros()]
      for (let chunk = 0; chunk < 5; chunk++) {
        const sound = numbers(batch * size, chunk + 1).map((each) => each * 0.3)
        const input = tensor(sound, batch, size)
        const first = await original.run({ input, sr, state: tensor(wanted, 2, batch, 128) })
        const second = await exported.run({ input, state: tensor(again, 2, batch, 128) })
        const [output, state] = tf.tidy(() =>
          [model.call([tf.tensor(sound, [batch, size]), tf.tensor(imported, [2, batch, 128])], {})]
            .flat()
            .map((each) => each.dataSync() as Float32Array),
        )
        const both = [second.output!.data, output!] as Float32Array[]
        for (const each of both) allClose(each, first.output!.data as Float32Array, NEAR)
        ;[wanted, again, imported] = [first.stateN!.data, second.stateN!.data, state!] as [
          Float32Array<ArrayBuffer>,
          Float32Array<ArrayBuffer>,
          Float32Array<ArrayBuffer>,
        ]
        for (const each of [again, imported]) allClose(each, wanted, NEAR)
      }
      await Promise.all([original.release(), exported.release()])
      model.dispose()
    })
  }
} else test.skip(`${folder} is not there: run scripts/peers/setup`)

test.run()
