import { inScratch, isBuilt } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Measured } from '../../src/harness/repeat.ts'
import { Worker } from '../../src/harness/worker.ts'
import { writeData } from '../../src/train/data/files.ts'
import { engines } from '../../src/train/engines.ts'
import type { Prepared } from '../../src/train/protocol.ts'
import { workOf } from '../../src/train/work.ts'
import { declarationOf } from '../../src/train/works/index.ts'

const test = suite("the bench's workers as built")

if (!isBuilt) process.stdout.write('skipped: $ASHLAR_BUILT does not say that all is built\n')
const some = isBuilt ? test : test.skip

for (const mode of ['training', 'inference'] as const) {
  some(`a step of ${mode} of the built packages`, () =>
    inScratch({}, async (folder) => {
      const ours = engines.find(({ name }) => name === 'ashlar')!
      const places = { python: 'python3', tfjsNode: '', isBuilt: true }
      assert.is(await ours.missing(places), undefined)
      const worker = new Worker('ashlar', ours.command(places))
      try {
        const network = declarationOf('mlp')
        const work = workOf(network, mode, { batch: 2 })
        const data = await writeData(await network.data(network.sizes, 4), folder)
        const { version } = await worker.call<Prepared>('prepare', { work, threads: 1, data })
        assert.match(version, /\d+\.\d+/)
        assert.is((await worker.call<Measured>('measure', { seconds: 0 })).images, 2)
      } finally {
        await worker.end()
      }
    }),
  )
}

test.run()
