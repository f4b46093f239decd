import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import sharp from 'sharp'
import { ashlarJson } from './ashlar.ts'
import { PHOTO_TABLE, writePhotoTable } from './photo-table.ts'
import { type Started, start } from './process.ts'

/** A run that is served. */
export interface Served {
  readonly server: Started
  readonly address: string
  readonly run: string
}

/** Pictures of two colours, as JPEG of two sizes. */
export async function makePictures(folder: string): Promise<void> {
  for (const [name, color] of Object.entries({ green: [40, 180, 60], red: [200, 50, 40] })) {
    mkdirSync(join(folder, name), { recursive: true })
    for (let i = 0; i < 24; i++) {
      const [r, g, b] = color.map((part) => part + ((i * 37) % 41) - 20)
      const size = i % 2 === 0 ? { width: 40, height: 28 } : { width: 30, height: 36 }
      await sharp({ create: { ...size, channels: 3, background: { r: r!, g: g!, b: b! } } })
        .jpeg()
        .toFile(join(folder, name, `${i}.jpg`))
    }
  }
}

/** Sizes and kinds, which tell the answer. */
export function makeTable(path: string): void {
  const rows = Array.from({ length: 80 }, (_, i) => {
    const [size, kind] = [(i * 7) % 40, i % 3 === 0 ? 'round' : 'flat']
    return `${size},${kind},${size > 20 ? 'large' : 'small'}`
  })
  writeFileSync(path, `size,kind,answer\n${rows.join('\n')}\n`)
}

/** Two numbers, and two labels that each may be so. */
export function makeLabels(path: string): void {
  const rows = Array.from({ length: 300 }, (_, id) => {
    const [x, y] = [((id * 37) % 100) / 50 - 1, ((id * 61) % 100) / 50 - 1]
    return `${x},${y},${Number(x > 0)},${Number(y > 0)}`
  })
  writeFileSync(path, `x,y,right,top\n${rows.join('\n')}\n`)
}

/** Numbers of large and small columns and names, some of them missing. */
export function makeNumbers(path: string): void {
  const rows = Array.from({ length: 80 }, (_, i) => {
    const [income, share] = [1000 * ((i * 7) % 40), i % 9 === 0 ? '' : (i % 5) / 1000]
    const kind = i % 10 === 0 ? '' : ['round', 'flat', 'bent'][i % 3]
    return `${income},${share},${kind},${income > 20_000 ? 'rich' : 'poor'}`
  })
  writeFileSync(path, `income,share,kind,answer\n${rows.join('\n')}\n`)
}

/** Serves a file of a run, or the run itself. */
export async function serveRun(run: string, file = run): Promise<Served> {
  const server = start(['serve', file, '--port', '0'])
  const [, address] = await server.seen(/serving +(http:\S+)/)
  return { server, address: address!, run }
}

/** Trains what `new experiment` writes for some data; returns the run. */
export async function train(folder: string, data: string): Promise<string> {
  const experiment = join(folder, `${data}.yaml`)
  await ashlarJson('new', 'experiment', join(folder, data), '--yes', '--out', experiment)
  const { run } = await ashlarJson<{ run: string }>(
    ...['run', experiment, 'epochs=3', '--out', join(folder, 'runs')],
  )
  return run
}

/** A model that was trained on tables or pictures, as a file that makes samples of them itself, with `resize` brings pictures to their size, and gives the class in words besides its numbers. */
export async function serveRaw(
  folder: string,
  run: string,
  preprocess: 'true' | 'resize' = 'true',
  ...more: readonly string[]
): Promise<Served> {
  const file = join(folder, `${basename(run)}-${preprocess}.onnx`)
  const changes = [`export.preprocess=${preprocess}`, 'export.labels=true', ...more]
  await ashlarJson('export', run, ...changes, '--out', file)
  return serveRun(run, file)
}

/** A picture and a table together, and two answers. */
export async function serveBoth(folder: string): Promise<Served> {
  const table = await writePhotoTable(folder)
  const { run } = await ashlarJson<{ run: string }>(
    ...['run', PHOTO_TABLE, `dataset.files=${table}`, '--out', join(folder, 'runs')],
  )
  return serveRun(run)
}

/** A table whose categories are indices, which an embedding takes. */
export const INDICES: string = `
model: { name: table-network, hidden: [8] }
dataset: { name: csv, file: table.csv, target: answer, task: classification, categorical: [kind], categories: index }
epochs: 4
`

/** Yes or no to each of two labels. */
export const LABELS: string = `
model: { name: mlp, hidden: [16] }
dataset: { name: csv-stream, files: labels.csv, features: [x, y], target: [right, top], task: multi-label }
optimizer: { name: adam, learningRate: 0.02 }
epochs: 8
`

/** Pictures of two colours that a network sees in grey. */
export const GREY: string = `
model: { name: mlp, hidden: [8] }
dataset: { name: image-folder, folder: pictures, size: [24, 32], channels: 1, normalize: data }
epochs: 6
`

/** Trains an experiment; returns the run. */
export async function trainYaml(folder: string, name: string, text: string): Promise<string> {
  const experiment = join(folder, `${name}.yaml`)
  writeFileSync(experiment, text)
  const { run } = await ashlarJson<{ run: string }>(
    ...['run', experiment, '--out', join(folder, 'runs')],
  )
  return run
}

/** Trains an experiment and serves its run. */
export async function serveYaml(folder: string, name: string, text: string): Promise<Served> {
  return serveRun(await trainYaml(folder, name, text))
}
