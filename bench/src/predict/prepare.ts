import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EngineError } from '@ashlar/errors'
import sharp from 'sharp'
import { writePictures } from '../streams/pictures.ts'
import { runOnce } from './run-once.ts'

/** What users start. */
const BIN = fileURLToPath(new URL('../../../packages/cli/dist/bin.js', import.meta.url))

/** Of the photograph, about two million pixels. */
const SIZE = { width: 1600, height: 1200 }

const EXPERIMENT = `
model: mini-resnet
dataset: { name: image-folder, folder: pictures, size: [64, 64], testPart: 4 }
epochs: 1
batchSize: 4
`

/** What predictions are made with. */
export interface Prepared {
  /** The built command, without its arguments. */
  readonly command: readonly string[]
  readonly run: string
  /** A file that takes pictures of any size, so that other programs need to know nothing. */
  readonly file: string
  readonly picture: string
}

/**
 * Trains and exports a network of pictures by the built command, in a folder.
 *
 * @throws EngineError where nothing is built.
 */
export async function prepare(folder: string, bin: string = BIN): Promise<Prepared> {
  if (!existsSync(bin)) {
    throw new EngineError({
      where: 'pnpm bench predict',
      expected: 'the packages must be built',
      hint: 'Build them first: node scripts/build.js',
    })
  }
  const command = [process.execPath, bin]
  await writePictures(join(folder, 'pictures'), 16)
  const experiment = join(folder, 'pictures.yaml')
  await writeFile(experiment, EXPERIMENT)
  const ashlar = async (...args: readonly string[]) =>
    JSON.parse((await runOnce([...command, ...args, '--json'])).out)
  const { run } = await ashlar('run', experiment, '--out', join(folder, 'runs'))
  const file = join(folder, 'model.onnx')
  await ashlar('export', run, 'export.preprocess=resize', '--out', file)
  const picture = join(folder, 'photo.jpg')
  const pixels = Uint8Array.from(
    { length: SIZE.width * SIZE.height * 3 },
    (_, place) => 128 + 100 * Math.sin(place / 400) + (place % 23),
  )
  await sharp(pixels, { raw: { ...SIZE, channels: 3 } })
    .jpeg()
    .toFile(picture)
  return { command, run, file, picture }
}
