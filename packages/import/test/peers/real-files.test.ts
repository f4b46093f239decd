import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { inScratch, sampleOf } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Feed } from '../support/real-file.ts'
import {
  exportAndCompare,
  hasModules,
  hasNetworks,
  outcomeOf,
  python,
} from '../support/real-networks.ts'

const test = suite('real files')

/** Of torchvision and timm, as torch's exporter of today writes them, and the one before it. */
const NETWORKS = sampleOf(3, 'networks', [
  'torchvision:resnet50:64:script',
  'torchvision:mobilenet_v3_small:64',
  'torchvision:efficientnet_b0:64:script',
  'torchvision:convnext_tiny:64:script',
  'timm:vit_tiny_patch16_224:64',
  'torchvision:regnet_y_400mf:64:script',
  'torchvision:densenet121:64:script',
  'torchvision:swin_t:64:script',
])

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

const where = spawnSync(python, ['-c', 'import sys; print(sys.prefix)'], { encoding: 'utf8' })
const folder = join((where.stdout ?? '').trim(), 'model-files')

if (hasNetworks('onnxscript')) {
  test('of torchvision and timm give what they should, and after export again', () =>
    inScratch({}, async (scratch) => {
      const outcomes = await exportAndCompare('write-networks.py', [scratch, ...NETWORKS])
      assert.equal(
        outcomes,
        NETWORKS.map((name) => ({ name })),
      )
    }))
} else test.skip(`${python} has no torchvision, timm and onnxscript: run scripts/peers/setup`)

if (hasModules('keras', 'torch', 'onnxscript')) {
  test('of Keras', () =>
    inScratch({}, async (scratch) => {
      const outcomes = await exportAndCompare('write-keras.py', [scratch])
      assert.equal(outcomes, [{ name: 'keras:mobile' }, { name: 'keras:sequence' }])
    }))
} else test.skip(`${python} has no keras: run scripts/peers/setup`)

if (existsSync(folder)) {
  test('inside packages of PyPI and npm', async () => {
    const problems: unknown[] = []
    for (const [name, feeds] of sampleOf(3, 'files', Object.entries(FILES))) {
      const outcome = await outcomeOf(name, join(folder, name), feeds)
      if (outcome.problem !== undefined) problems.push(outcome)
    }
    assert.equal(problems, [])
  })
} else test.skip(`${folder} is not there: run scripts/peers/setup`)

test.run()
