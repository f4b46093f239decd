import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { testPlugins } from '@ashlar/core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cifar10, cifar100 } from '../../src/index.ts'
import { createDataset } from '../support/plugins.ts'

/** A folder with cifar-10-binary.tar.gz and cifar-100-binary.tar.gz as their author offers them. */
const folder = process.env.ASHLAR_CIFAR

const test = suite('CIFAR as published')

for (const [plugin, archive] of [
  [cifar10, 'cifar-10-binary.tar.gz'],
  [cifar100, 'cifar-100-binary.tar.gz'],
] as const) {
  if (folder === undefined || !existsSync(join(folder, archive))) {
    process.stdout.write(`skipped: ASHLAR_CIFAR names no folder with ${archive}\n`)
    test.skip(`${plugin.name} as published`, () => undefined)
    continue
  }
  test(`${plugin.name} has as many images of each class`, async () => {
    const { info, load } = createDataset(plugin, { folder })
    const { train, test: held } = await load()
    for (const { labels, length } of [train, held]) {
      const counts = new Map<number, number>()
      for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1)
      assert.equal([...new Set(counts.values())], [length / info.classes.length])
    }
  })
  testPlugins(test, [plugin], { dataset: { [plugin.name]: { options: { folder } } } })
}

test.run()
