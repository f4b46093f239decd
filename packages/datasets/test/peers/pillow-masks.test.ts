import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import seedrandom from 'seedrandom'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readMask } from '../../src/images/read-mask.ts'
import { interlacedPng } from '../support/palette-png.ts'
import { withTempFolder } from '../support/temp-folder.ts'

/** A Python that has the packages `pillow` and `numpy`. */
const python = process.env.ASHLAR_PYTHON ?? 'python3'
const found = spawnSync(python, ['-c', 'import PIL, numpy'])

const test = suite('masks beside Pillow')
const run = found.status === 0 ? test : test.skip

/** Pillow shows greys as bytes: what it scales is scaled back. */
const PROGRAM = `
import json, sys
import numpy
from PIL import Image

answers = []
for path, depth, grey in json.loads(sys.stdin.read()):
    image = Image.open(path)
    pixels = numpy.asarray(image).astype(int)
    if grey and image.mode != "1":
        pixels = pixels * (2**depth - 1) // 255
    answers.append(pixels.reshape(-1).tolist())
print(json.dumps(answers))
`

run('interlaced, of 1, 2 and 4 bits, in grey and with a palette', () =>
  withTempFolder(async (folder) => {
    const random = seedrandom.alea('masks beside Pillow')
    const asked: [string, number, boolean][] = []
    const ours: number[][] = []
    for (let id = 0; id < 60; id++) {
      const depth = ([1, 2, 4] as const)[id % 3]!
      const [width, height] = [1 + Math.floor(random() * 30), 1 + Math.floor(random() * 30)]
      const colours = Array.from({ length: 3 * 2 ** depth }, () => Math.floor(random() * 256))
      const palette = id % 2 === 0 ? undefined : colours
      const numbers = Array.from({ length: width * height }, () =>
        Math.floor(random() * 2 ** depth),
      )
      const bytes = interlacedPng(numbers, { width, height, depth, palette })
      const path = join(folder, `${id}.png`)
      await writeFile(path, bytes)
      asked.push([path, depth, palette === undefined])
      ours.push(Array.from((await readMask(sharp, bytes, path)).numbers!))
    }
    const { status, stdout, stderr } = spawnSync(python, ['-c', PROGRAM], {
      ...{ input: JSON.stringify(asked), encoding: 'utf8', maxBuffer: 2 ** 26 },
    })
    assert.is(status, 0, stderr)
    assert.equal(ours, JSON.parse(stdout))
  }),
)

test.run()
