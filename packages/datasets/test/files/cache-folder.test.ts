import { join, resolve } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { datasetCacheFolder } from '../../src/files/cache-folder.ts'

const test = suite('datasetCacheFolder')
const saved = { ...process.env }

test.after.each(() => {
  for (const name of ['ASHLAR_HOME', 'XDG_CACHE_HOME']) {
    if (saved[name] === undefined) delete process.env[name]
    else process.env[name] = saved[name]
  }
})

test('prefers ASHLAR_HOME', () => {
  process.env.ASHLAR_HOME = 'some/home'
  assert.is(datasetCacheFolder('mnist'), join(resolve('some/home'), 'datasets', 'mnist'))
})

test('falls back on the cache folder of the platform', () => {
  delete process.env.ASHLAR_HOME
  process.env.XDG_CACHE_HOME = '/var/caches'
  const folder = datasetCacheFolder('mnist')
  if (process.platform === 'linux') assert.is(folder, '/var/caches/ashlar/datasets/mnist')
  else assert.match(folder, /ashlar.*datasets.mnist$/)
})

test.run()
