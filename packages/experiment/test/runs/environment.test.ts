import { readFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { packageVersions } from '../../src/runs/environment.ts'

const test = suite('where a run took place')

test('versions are those of the packages that compute', async () => {
  const manifest = JSON.parse(
    await readFile(new URL('../../../core/package.json', import.meta.url), 'utf8'),
  ) as { version: string }
  const versions = packageVersions()
  assert.equal(Object.keys(versions), ['@ashlar/core', '@tensorflow/tfjs', 'onnxruntime-node'])
  assert.is(versions['@ashlar/core'], manifest.version)
  for (const version of Object.values(versions)) assert.match(version, /^\d+\.\d+\.\d+/)
})

test.run()
