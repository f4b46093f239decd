import type { Samples } from '@ashlar/core'
import { decode } from 'fast-png'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { worstMistakes } from '../src/mistakes.ts'
import { pictureOf } from '../src/pictures.ts'

const test = suite('pictures and mistakes')

const pixelsOf = (source: string) => {
  const { data, width, height, channels } = decode(Buffer.from(source.split(',')[1]!, 'base64'))
  return { data: [...data], width, height, channels }
}

test('grey, colour, and numbers of any range', () => {
  const grey = pictureOf([0, 51, 255, 102], { inputShape: [2, 2, 1], inputRange: [0, 255] })!
  assert.equal(pixelsOf(grey.source), { data: [0, 51, 255, 102], width: 2, height: 2, channels: 1 })
  const colour = pictureOf([0, 0.5, 1], { inputShape: [1, 1, 3], inputRange: [0, 1] })!
  assert.equal(pixelsOf(colour.source).data, [0, 128, 255])
  const open = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const
  const free = pictureOf([-3, 0, 3], { inputShape: [1, 3, 1], inputRange: open })!
  assert.equal(pixelsOf(free.source).data, [0, 128, 255])
  assert.is(pictureOf([1, 2], { inputShape: [2], inputRange: [0, 1] }), undefined)
})

test('the worst mistakes come first, right answers not at all', async () => {
  const samples: Samples = {
    inputs: Uint8Array.of(1, 2, 3, 4),
    labels: Uint8Array.of(0, 1, 1, 0),
    length: 4,
    info: { inputShape: [1, 1, 1], labelShape: [], inputDtype: 'uint8', inputRange: [0, 255] },
  }
  const data = Float32Array.of(...[0.9, 0.1], ...[0.6, 0.4], ...[0.9, 0.1], ...[0.3, 0.7])
  const found = await worstMistakes(samples, { shape: [4, 2], data }, ['cat', 'dog'], 2)
  assert.equal(
    found.map(({ index, label, prediction }) => [index, label, prediction]),
    [
      [2, 'dog', 'cat'],
      [3, 'cat', 'dog'],
    ],
  )
  assert.equal(pixelsOf(found[0]!.picture!.source).data, [3])
})

test.run()
