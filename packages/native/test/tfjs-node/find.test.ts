import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { TFJS_NODE_VERSION } from '../../src/cache/target.ts'
import { findTfjsNode } from '../../src/tfjs-node/find.ts'

const test = suite('an installed tfjs-node')

test('is found beside a project, and does not count in a run of somebody else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ashlar-native-'))
  try {
    const installed = join(folder, 'node_modules/@tensorflow/tfjs-node')
    await mkdir(installed, { recursive: true })
    const manifest = { name: '@tensorflow/tfjs-node', version: TFJS_NODE_VERSION }
    await writeFile(join(installed, 'package.json'), JSON.stringify(manifest))
    const find = () => findTfjsNode([join(folder, 'package.json')])
    assert.match(String(await find()), /tfjs-node$/)
    await writeFile(join(folder, 'config.yaml'), 'model: mlp\n')
    await writeFile(join(folder, 'metrics.jsonl'), '')
    assert.is(await find(), undefined)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test.run()
