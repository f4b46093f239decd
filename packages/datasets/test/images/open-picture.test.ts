import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadSharp, openPicture } from '../../src/images/open-picture.ts'
import { pngBomb } from '../support/bombs.ts'
import { pictures } from '../support/pillow-pictures.ts'

const test = suite('openPicture within a number of pixels')

/** The pixels of a picture, or why it was refused. */
async function opened(bytes: Buffer, mostPixels?: number): Promise<Buffer | string> {
  const open = async () =>
    (await openPicture(await loadSharp(), 'PICTURE', bytes, { mostPixels })).raw().toBuffer()
  return open().catch((error: Error) => error.message)
}

test('every format: as without it up to there, and refused beyond', async () => {
  for (const [name, base64] of Object.entries(pictures)) {
    const bytes = Buffer.from(base64, 'base64')
    const free = await opened(bytes)
    assert.equal(await opened(bytes, 4), free, name)
    const wanted = 'PICTURE: must have at most 3 pixels, got "2 x 2"\n  Make it smaller.'
    assert.is(await opened(bytes, 3), typeof free === 'string' ? free : wanted, name)
  }
})

test('what sharp reads is refused by what it says of itself, beyond its own bound as well', async () => {
  for (const [width, height] of [
    [12_000, 11_000],
    [60_000, 60_000],
  ] as const) {
    assert.is(
      await opened(pngBomb({ width, height }), 64e6),
      `PICTURE: must have at most 64000000 pixels, got "${width} x ${height}"\n  Make it smaller.`,
    )
  }
})

test('what is a program, or no picture, is refused as before', async () => {
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="5" height="5"/>')
  const wanted = await opened(svg)
  assert.match(String(wanted), /^PICTURE: must be a PNG, .* picture, got "svg"$/)
  assert.is(await opened(svg, 64e6), wanted)
  assert.match(String(await opened(Buffer.from('no picture'), 64e6)), 'unsupported image format')
})

test('whole files of 256 million pixels in a few MB are refused before they are unpacked', async () => {
  const program = join(import.meta.dirname, '../support/open-bombs.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, program])
  const { told, most } = JSON.parse(stdout) as { told: string[]; most: number }
  const wanted = 'BOMB: must have at most 64000000 pixels, got "16000 x 16000"\n  Make it smaller.'
  assert.equal(told, Array(4).fill(wanted))
  assert.ok(most < 700, `it held ${most} MiB`)
})

test.run()
