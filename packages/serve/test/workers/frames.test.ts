import { PassThrough } from 'node:stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Frame, FrameReader, writeFrame } from '../../src/workers/frames.ts'

const test = suite('frames')

const bytes = (size: number, seed: number) => Buffer.alloc(size, seed)

/** Frames with payloads of several pieces, of none, and of no bytes. */
const frames: readonly (readonly [head: object, pieces: readonly Buffer[]])[] = [
  [{ a: 1 }, []],
  [{ text: 'grüße' }, [bytes(3, 1), bytes(0, 0), bytes(100_000, 2)]],
  [{}, [bytes(0, 0)]],
  [{ list: [1, 2, 3] }, [bytes(1, 3)]],
]

function written(): Buffer {
  const stream = new PassThrough({ highWaterMark: 2 ** 24 })
  for (const [head, pieces] of frames) {
    const size = pieces.reduce((sum, { length }) => sum + length, 0)
    writeFrame(stream, head, pieces, size)
  }
  const chunks: Buffer[] = []
  for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) chunks.push(chunk)
  return Buffer.concat(chunks)
}

for (const size of [1, 2, 7, 13, 1000, 65_536, 10 ** 6]) {
  test(`are put together from chunks of ${size} bytes`, () => {
    const reader = new FrameReader((length) => new ArrayBuffer(length + 5), 2 ** 20)
    const all = written()
    const found: Frame[] = []
    for (let begin = 0; begin < all.length; begin += size) {
      for (let rest: Uint8Array = all.subarray(begin, begin + size); rest.length > 0; ) {
        const { frame, used } = reader.take(rest)
        rest = rest.subarray(used)
        if (frame !== undefined) found.push(frame)
      }
    }
    assert.equal(
      found.map(({ head }) => head),
      frames.map(([head]) => head),
    )
    for (const [index, [, pieces]] of frames.entries()) {
      assert.ok(Buffer.from(found[index]!.payload).equals(Buffer.concat(pieces)))
    }
  })
}

test('that are too long are refused before memory is taken', () => {
  const reader = new FrameReader(() => assert.unreachable() as never, 10)
  const stream = new PassThrough()
  writeFrame(stream, {}, [bytes(11, 0)], 11)
  assert.throws(() => reader.take(stream.read()), 'a payload of 11 bytes')
  const other = new FrameReader(() => assert.unreachable() as never, 10)
  assert.throws(() => other.take(Buffer.alloc(12)), 'a head of 0 bytes')
})

test.run()
