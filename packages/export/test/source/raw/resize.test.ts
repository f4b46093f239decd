import { join } from 'node:path'
import { encodingMetadata, type ImageEncoding } from '@ashlar/core'
import { channelsTaken } from '@ashlar/core/encoding'
import { rawReader } from '@ashlar/datasets/raw'
import { createSession } from '@ashlar/graph'
import { tieredSuite } from '@ashlar/test-support'
import * as ort from 'onnxruntime-node'
import seedrandom from 'seedrandom'
import sharp from 'sharp'
import * as assert from 'uvu/assert'
import { exportOnnx } from '../../../src/index.ts'
import { inScratch } from '../../support/scratch.ts'

const { test, slow } = tieredSuite('pictures brought to a size in the graph')

const FITS = ['cover', 'contain', 'fill'] as const

interface Picture {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

/** A scene with soft and hard edges, as photographs have. */
function scene(width: number, height: number, channels: 1 | 3, next: () => number): Picture {
  const data = new Uint8Array(width * height * channels)
  const [a, b, c, at] = [next() * 8, next() * 8, next() * 3, next() * width]
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const place = (y * width + x) * channels
      data[place] = 128 + 60 * Math.sin((a * x) / width + c) + 60 * Math.cos((b * y) / height)
      if (channels === 1) continue
      data[place + 1] = 128 + 100 * Math.cos((b * y) / height)
      data[place + 2] = x > at ? 220 : 30
    }
  }
  return { width, height, data }
}

/** What the file of a model that does nothing gives for pictures, as numbers from 0 to 255. */
async function resized(
  encoding: ImageEncoding,
  use: (run: (picture: Picture) => Promise<Float32Array>) => Promise<void>,
): Promise<void> {
  const { height, width, channels } = encoding
  const { bytes } = await exportOnnx((x) => x, {
    inputs: { x: { shape: [null, height, width, channels] } },
    ...{ preprocess: 'resize', colors: encoding.colors },
    metadata: encodingMetadata({ input: encoding }),
  })
  const session = await createSession(bytes)
  try {
    await use(async (picture) => {
      const shape = [1, picture.height, picture.width, channelsTaken(encoding)]
      const results = await session.run({ x: new ort.Tensor('uint8', picture.data, shape) })
      const output = results[session.outputNames[0]!]!
      assert.equal([...output.dims], [1, height, width, channels])
      return (output.data as Float32Array).map((share) => share * 255)
    })
  } finally {
    await session.release()
  }
}

/** The file's pictures are those of the decoder of datasets, in the mean of all their numbers; one of the trained size comes out as the same bytes. */
async function agrees(encoding: ImageEncoding, rounds: number, seed: string): Promise<void> {
  const next = seedrandom.alea(seed)
  const { fit, height, width } = encoding
  const channels = channelsTaken(encoding)
  await inScratch(async (folder) => {
    const path = join(folder, 'picture.png')
    const read = await rawReader(encoding)
    await resized(encoding, async (run) => {
      const bytes = Uint8Array.from({ length: height * width * channels }, () => next() * 256)
      const own = encoding.colors
        ? await sharp(bytes, { raw: { height, width, channels } })
            .toColourspace('b-w')
            .raw()
            .toBuffer()
        : bytes
      // Exactly, as the shares of bytes that float32 has.
      const shares = Float32Array.from(own, (byte) => Math.fround(byte / 255) * 255)
      assert.equal([...(await run({ height, width, data: bytes }))], [...shares])
      for (let round = 0; round < rounds; round++) {
        const side = () => 4 + Math.floor(next() * (round % 3 === 0 ? 30 : 250))
        const picture = scene(side(), side(), channels, next)
        const { data, ...size } = picture
        await sharp(data, { raw: { ...size, channels } })
          .png()
          .toFile(path)
        const expected = (await read(path)).data
        const found = await run(picture)
        const apart = found.reduce((sum, each, at) => sum + Math.abs(each - expected[at]! * 255), 0)
        const mean = apart / found.length
        assert.ok(
          mean < 2,
          `${fit} ${channels} ${JSON.stringify(size)} to ${width}x${height}: ${mean} of 255`,
        )
      }
    })
  })
}

for (const fit of FITS) {
  const image = { kind: 'image', channels: 3, fit } as const
  test(`${fit}: of 12 sizes, the pictures that the datasets make, and their own as they are`, () =>
    agrees({ ...image, height: 24, width: 33, background: '#3366cc' }, 12, fit))

  slow(`${fit}: of 160 sizes, to others, and grey ones`, async () => {
    for (const [height, width] of [
      [64, 64],
      [48, 17],
      [9, 40],
      [160, 120],
    ] as const) {
      for (const channels of [1, 3] as const) {
        await agrees({ ...image, channels, height, width }, 20, `${fit} ${height} ${channels}`)
      }
    }
    // Mixed after they have their size, and what is added to them as well.
    const mixed = { ...image, channels: 1, colors: true, background: '#3366cc' } as const
    await agrees({ ...mixed, height: 48, width: 40 }, 20, `${fit} mixed`)
    // What is added to grey pictures is the light of the colour.
    const grey = { ...image, channels: 1 as const, background: '#3366cc' }
    await agrees({ ...grey, height: 30, width: 30 }, 10, `${fit} grey`)
  })
}

slow('large pictures, one pixel, lines, and those far from the trained proportions', async () => {
  for (const fit of FITS) {
    const size = { height: 20, width: 30 }
    await resized({ kind: 'image', channels: 1, fit, ...size }, async (run) => {
      for (const [width, height] of [
        [1, 1],
        [1, 400],
        [400, 1],
        [3000, 7],
        [2600, 1900],
      ] as const) {
        const data = new Uint8Array(width * height).fill(200)
        const found = await run({ width, height, data })
        const shown = found.filter((each) => Math.abs(each - 200) < 0.01).length
        const added = found.filter((each) => each === 0).length
        assert.is(shown + added, found.length, `${fit} ${width}x${height}`)
        const ratio = Math.min(30 / width, 20 / height)
        const sides = [width, height].map((side) => Math.max(1, Math.round(side * ratio)))
        assert.is(shown, fit === 'contain' ? sides[0]! * sides[1]! : found.length)
      }
    })
  }
})

test.run()
