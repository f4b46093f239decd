import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { medianRatio } from '../../src/harness/statistics.ts'
import { measure } from '../../src/streams/measure.ts'
import { writePictures } from '../../src/streams/pictures.ts'

const test = suite('streams cost a step little')

/** The most processor time that a streamed picture may take, decoding and all, as a part of what one in memory takes in the same round. */
const MOST = 1.05

test('a picture that is streamed takes hardly more than one in memory where steps are long', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ashlar-streams-'))
  try {
    await writePictures(folder, 4000)
    const request = { folder, batch: 32, width: 1, cores: 1 }
    const subjects = (['streamed', 'memory'] as const).map((side) => ({
      ...{ name: side, request: { ...request, side } },
    }))
    const [streamed, memory] = await measure(subjects, { rounds: 7, seconds: 3 })
    const ratio = medianRatio(streamed!.processor, memory!.processor)
    assert.ok(ratio <= MOST, `takes ${ratio.toFixed(3)} of the processor time`)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test.run()
