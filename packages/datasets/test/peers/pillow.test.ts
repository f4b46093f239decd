import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bytesDecoder, imageDecoder } from '../../src/images/decode-image.ts'
import { withTempFolder } from '../support/temp-folder.ts'

/** A Python that has the packages `pillow` and `numpy`. */
const python = process.env.ASHLAR_PYTHON ?? 'python3'
const program = fileURLToPath(new URL('pillow.py', import.meta.url))
const found = spawnSync(python, ['-c', 'import PIL, numpy'])

/** What Pillow makes of a picture. */
interface Answer {
  readonly problem?: string
  readonly size?: readonly [number, number]
  readonly pixels?: readonly number[]
}

const test = suite('pictures beside Pillow')
const run = found.status === 0 ? test : test.skip

/** What is not the same on purpose: a checksum that says that the data has changed is believed, a GIF has its end, a PCX its last line and its palette behind it. */
const STRICTER = /^((cut|changed)-.*\.(png|gif)|(short|behind)-.*\.pcx)$/
/** What has no colour has none here, and one that nobody sees in Pillow. */
const UNSEEN = ['transparent.gif']
/** Pillow alone knows that two samples are grey and transparency. */
const NOT_READ = ['JPEG2000-LA-1.jp2']
/** JPEG leaves decoders some freedom. */
const TOLERANCE = 12
/**
 * Its changed data stand for numbers that no pixel has, which the decoder of plain JPEGs cuts off in its own way, and sharp as Pillow does: this part of its numbers may differ, at most.
 */
const CUT_OFF: Readonly<Record<string, number>> = { 'changed-12-b.jpg': 0.08 }

run('what Pillow reads is read, what it refuses is refused, and the pixels are the same', () =>
  withTempFolder(async (folder) => {
    const asked = spawnSync(python, [program, folder], { encoding: 'utf8', maxBuffer: 2 ** 28 })
    assert.is(asked.status, 0, asked.stderr)
    const { answers, composed } = JSON.parse(asked.stdout) as {
      answers: Record<string, Answer>
      composed: Record<string, readonly number[]>
    }
    const differences: string[] = []
    const counts = { read: 0, refused: 0, stricter: 0, bySharp: 0 }
    for (const [name, { problem, size, pixels }] of Object.entries(answers)) {
      const [height, width] = size ?? [32, 48]
      const decode = await imageDecoder({ height, width, channels: 3, fit: 'fill' })
      const ours = await decode(join(folder, name)).catch((error: Error) => error)
      if (ours instanceof Error) {
        if (pixels === undefined) counts.refused++
        else if (STRICTER.test(name) || NOT_READ.includes(name)) counts.stricter++
        else differences.push(`${name}: Pillow reads it, ours ${ours.message}`)
      } else if (pixels === undefined) {
        differences.push(`${name}: read here, and Pillow says ${problem}`)
      } else {
        counts.read++
        if (UNSEEN.includes(name)) continue
        const { far, largest } = apartFrom(ours, pixels)
        if (far > (CUT_OFF[name] ?? 0) * pixels.length)
          differences.push(`${name}: ${far} numbers differ by up to ${largest}`)
        if (!name.endsWith('.jpg')) continue
        // With a byte behind its end no JPEG is a plain one: sharp reads it.
        counts.bySharp++
        const bytes = Buffer.concat([await readFile(join(folder, name)), Buffer.of(0)])
        const bySharp = await bytesDecoder({ height, width, channels: 3, fit: 'fill' })
        const other = apartFrom(await bySharp(bytes, name), pixels)
        if (other.far > 0)
          differences.push(
            `${name} by sharp: ${other.far} numbers differ by up to ${other.largest}`,
          )
      }
    }
    const over = { height: 32, width: 48, channels: 3, fit: 'fill', background: '#3366cc' } as const
    const decode = await imageDecoder(over)
    for (const [name, pixels] of Object.entries(composed)) {
      const { largest } = apartFrom(await decode(join(folder, name)), pixels)
      // A share of 255 is rounded by each in its own way.
      if (largest > (name.endsWith('.jpg') ? TOLERANCE : 1)) {
        differences.push(`${name} over a background: by up to ${largest}`)
      }
    }
    assert.equal(differences, [])
    assert.ok(counts.read >= 240 && counts.refused >= 150, JSON.stringify(counts))
    assert.ok(counts.stricter < 16 && counts.bySharp >= 40, JSON.stringify(counts))
  }),
)

/** How many numbers are further apart than they may be, and the largest difference. */
function apartFrom(ours: Uint8Array, pixels: readonly number[]): { far: number; largest: number } {
  const apart = Array.from(ours, (one, at) => Math.abs(one - pixels[at]!))
  return { far: apart.filter((each) => each > TOLERANCE).length, largest: Math.max(...apart) }
}

test.run()
