import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { imageDecoder } from '../../src/images/decode-image.ts'
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
/** Its changed data stand for numbers that no pixel has, which each decoder cuts off in its own way: this part of its numbers may differ, at most. */
const CUT_OFF: Readonly<Record<string, number>> = { 'changed-12-b.jpg': 0.1 }

run('what Pillow reads is read, what it refuses is refused, and the pixels are the same', () =>
  withTempFolder(async (folder) => {
    const asked = spawnSync(python, [program, folder], { encoding: 'utf8', maxBuffer: 2 ** 28 })
    assert.is(asked.status, 0, asked.stderr)
    const { answers } = JSON.parse(asked.stdout) as { answers: Record<string, Answer> }
    const differences: string[] = []
    const counts = { read: 0, refused: 0, stricter: 0 }
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
        const apart = Array.from(ours, (one, i) => Math.abs(one - pixels[i]!))
        const far = apart.filter((each) => each > TOLERANCE).length
        if (far > (CUT_OFF[name] ?? 0) * apart.length)
          differences.push(`${name}: ${far} pixels differ by up to ${Math.max(...apart)}`)
      }
    }
    assert.equal(differences, [])
    assert.ok(counts.read >= 240 && counts.refused >= 150, JSON.stringify(counts))
    assert.ok(counts.stricter < 16, JSON.stringify(counts))
  }),
)

test.run()
