import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { testPlugins } from '@ashlar/core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fashionMnist } from '../../src/idx/fashion-mnist.ts'
import { createDataset } from '../support/plugins.ts'

const run = promisify(execFile)
const INSTALLED = '/usr/share/datasets/fashion-mnist'
/** The folder of the installed package, or of one that is downloaded and unpacked without installing it. */
async function findFolder(): Promise<string | undefined> {
  if (existsSync(INSTALLED)) return INSTALLED
  try {
    await run('apt-get', ['download', 'dataset-fashion-mnist'], { cwd: unpacked })
    await run('sh', ['-c', 'dpkg-deb -x *.deb .'], { cwd: unpacked })
    return join(unpacked, INSTALLED)
  } catch {
    return undefined
  }
}

const test = suite('fashion-mnist of Debian')

const unpacked = await mkdtemp(join(tmpdir(), 'ashlar-fashion-mnist-'))
const folder = await findFolder()

if (folder === undefined) {
  process.stdout.write(
    'skipped: the Debian package dataset-fashion-mnist is neither installed nor to be had by apt-get\n',
  )
  test.skip('is the whole of Fashion-MNIST', () => undefined)
} else {
  test('is the whole of Fashion-MNIST', async () => {
    const { train, test: held } = await createDataset(fashionMnist, { folder }).load()
    assert.is(train.length, 60_000)
    assert.is(held.length, 10_000)
    assert.equal([...train.labels.subarray(0, 8)], [9, 0, 0, 3, 0, 2, 7, 2])
    const counts = Array<number>(10).fill(0)
    for (const label of train.labels) counts[label]!++
    assert.equal(counts, Array(10).fill(6000))
  })
  testPlugins(test, [fashionMnist], { dataset: { 'fashion-mnist': { options: { folder } } } })
}

test.after(() => rm(unpacked, { recursive: true, force: true }))

test.run()
