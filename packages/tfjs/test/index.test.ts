import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('@ashlar/tfjs')

type Tfjs = typeof tf

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const BUNDLER = new URL('../../../scripts/build/bundle-files.js', import.meta.url).href

/** As the build makes it, where its dependencies are found. */
async function built<T>(use: (tfjs: Tfjs) => T): Promise<T> {
  const folder = mkdtempSync(join(ROOT, 'node_modules/.built-'))
  try {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    const bundled = { 'index.mjs': { from: '../../src/index.ts', platform: 'node' } }
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, bundled }))
    const { bundleFiles }: { bundleFiles(folder: string): Promise<string[]> } = await import(
      BUNDLER
    )
    await bundleFiles(folder)
    return use((await import(pathToFileURL(join(folder, 'index.mjs')).href)) as Tfjs)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const tfjs: Promise<Tfjs> = built((found) => found)

test('has all that @tensorflow/tfjs has, but WebGL', async () => {
  const found = await tfjs
  const missing = Object.keys(tf).filter((name) => !(name in found) && name !== 'default')
  assert.equal(
    missing.filter((name) => !/webgl|gpgpu|module\.exports/i.test(name)),
    ['forceHalfFloat'],
  )
  assert.equal(
    Object.keys(found).filter((name) => !(name in tf)),
    [],
  )
})

test('is the same TensorFlow.js as that of a program that imports the other', async () => {
  const found = await tfjs
  assert.is(found.Tensor, tf.Tensor)
  assert.is(found.layers, tf.layers)
  assert.is(found.GraphModel, tf.GraphModel)
  assert.is(found.engine(), tf.engine())
  assert.is(found.data.Dataset, tf.data.Dataset)
  assert.is(found.version.tfjs, tf.version.tfjs)
})

test('registers gradients and chained operations', async () => {
  const { grad, scalar } = await tfjs
  const slope = grad((x) => x.square().mul(2))
  assert.is(slope(scalar(3)).dataSync()[0], 12)
})

test.run()
