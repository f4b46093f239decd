import { sampleSize } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withoutLeaks } from '../../src/testing/index.ts'
import { images } from '../support/images.ts'
import { MiniResNet } from '../support/lesson.ts'

const test = suite('memory')

test('training stays within its memory, the smaller last batch included', async () => {
  const model = new MiniResNet(10)
  model.compile({ optimizer: 'adam', loss: 'sparse-categorical-crossentropy' })
  model.build([null, 28, 28, 1])
  const resident: number[] = []
  const callbacks = [
    { name: 'rss', onBatchEnd: () => void resident.push(process.memoryUsage.rss()) },
  ]
  const batchSize = sampleSize(64, 16)
  await withoutLeaks(() => model.fit(images(batchSize * 240.5), { batchSize, callbacks }))
  assert.is(resident.length, 241)
  const growth = Math.max(...resident.slice(200)) / resident[199]! - 1
  assert.ok(growth < 0.05, `resident size grew by ${(100 * growth).toFixed(1)} % from step 200 on`)
  model.dispose()
})

test.run()
