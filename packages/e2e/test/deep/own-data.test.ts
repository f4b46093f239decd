import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ROOT } from '../support/packages.ts'
import { installedProject, QUIET } from '../support/project.ts'
import { run } from '../support/run.ts'
import { type Started, started } from '../support/started.ts'

const test = suite('own pictures and an own table, in a project of its own')

const PICTURES = 'Meine Bilder'
const CLASSES = ['grüne Äpfel', 'rote Äpfel #1']
const TABLE = 'Kunden März.csv'

/** Run in the project, by its own sharp: pictures of two colours, of mixed sizes, formats and names. */
const PAINT = `
import { mkdir } from 'node:fs/promises'
import sharp from 'sharp'
const [folder, ...classes] = process.argv.slice(2)
for (const [at, name] of classes.entries()) {
  await mkdir(folder + '/' + name, { recursive: true })
  for (let i = 0; i < 40; i++) {
    const shade = 120 + ((i * 37) % 100)
    const background = at === 0 ? { r: 30, g: shade, b: 60 } : { r: shade, g: 30, b: 40 }
    const format = ['png', 'jpeg', 'webp'][i % 3]
    const size = { width: 20 + ((i * 13) % 61), height: 24 + ((i * 29) % 47) }
    await sharp({ create: { ...size, channels: 3, background } })
      .toFormat(format)
      .toFile(folder + '/' + name + '/Bild ' + i + ' größer 50 %.' + format)
  }
}
`

/** As a spreadsheet of another language writes it: semicolons, decimal commas, Windows' letters and line ends; quotes, missing cells, a column of no use. */
function messyTable(): Buffer {
  const rows = Array.from({ length: 120 }, (_, i) => {
    const umsatz = i % 11 === 3 ? '' : `${(i * 37) % 100}.000,5`
    const alter = i % 13 === 5 ? 'n/a' : 20 + (i % 50)
    const ort = ['Köln', '"Zürich; West"', 'São Paulo', ''][i % 4]
    return `${i + 1};${umsatz};${alter};${ort};${(i * 37) % 100 > 50 ? 'groß' : 'klein'}`
  })
  return Buffer.from(`Nr;Umsatz;Alter;Ort;Klasse\r\n${rows.join('\r\n')}\r\n`, 'latin1')
}

let ready: Promise<string> | undefined

/** The folder of the project, with sharp and the data in it. */
function project(): Promise<string> {
  ready ??= prepare()
  return ready
}

async function prepare(): Promise<string> {
  const { folder } = await installedProject()
  const workspace = readFileSync(join(ROOT, 'pnpm-workspace.yaml'), 'utf8')
  const version = /^ {2}sharp: (\S+)$/m.exec(workspace)?.[1]
  await run('npm', ['install', '--ignore-scripts', ...QUIET, `sharp@${version}`], folder)
  writeFileSync(join(folder, 'paint.mjs'), PAINT)
  await run(process.execPath, ['paint.mjs', PICTURES, ...CLASSES], folder)
  writeFileSync(join(folder, TABLE), messyTable())
  return folder
}

const program = (folder: string) => join(folder, 'node_modules/.bin/ashlar')

/** What the installed command writes. */
async function ashlar(...args: readonly string[]): Promise<string> {
  const folder = await project()
  return run(program(folder), args, folder)
}

async function ashlarJson<T>(...args: readonly string[]): Promise<T> {
  return JSON.parse(await ashlar(...args, '--json')) as T
}

/** The installed command, for as long as `use` takes. */
async function during<T>(
  args: readonly string[],
  use: (started: Started) => Promise<T>,
): Promise<T> {
  const folder = await project()
  const process = started(program(folder), args, folder)
  try {
    return await use(process)
  } finally {
    await process.end()
  }
}

interface Predictions {
  readonly predictions: readonly {
    readonly file: string
    readonly class: string
    readonly probability: number
  }[]
}

interface Answers {
  readonly answers: readonly {
    readonly classes: readonly { readonly label: string; readonly value: number }[]
  }[]
}

/** Serves a run: the page is there with all that it loads, and a client is answered as `ashlar predict` answers. */
async function servedAs(runFolder: string, files: readonly string[]): Promise<void> {
  const { predictions } = await ashlarJson<Predictions>('predict', runFolder, ...files)
  await during(['serve', runFolder, '--port', '0'], async (server) => {
    const [, url] = await server.seen(/serving +(http:\S+)/)
    const page = await (await fetch(url!)).text()
    const named = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name]) => name!)
    const runtime = [
      'ort.wasm.min.mjs',
      'ort-wasm-simd-threaded.mjs',
      'ort-wasm-simd-threaded.wasm',
    ]
    const parts = [...named, ...runtime.map((name) => `page/ort/${name}`)]
    for (const name of [...parts, 'page/card.json', 'page/samples.json', 'page/model.onnx']) {
      const answer = await fetch(new URL(name, `${url}/`))
      assert.is(answer.status, 200, name)
      assert.ok((await answer.arrayBuffer()).byteLength > 0, name)
    }
    const { answers } = await ashlarJson<Answers>('client', ...files, '--url', url!)
    assert.is(answers.length, predictions.length)
    for (const [at, { classes }] of answers.entries()) {
      assert.is(classes[0]!.label, predictions[at]!.class)
      assert.ok(Math.abs(classes[0]!.value - predictions[at]!.probability) < 1e-4)
    }
  })
}

/** The report of a run is one file that holds the names of the classes. */
async function reported(runFolder: string, names: readonly string[]): Promise<void> {
  const { files } = await ashlarJson<{ files: string[] }>('report', runFolder)
  assert.is(files.length, 1)
  const text = readFileSync(files[0]!, 'utf8')
  for (const name of names) assert.ok(text.includes(name), `no ${name} in the report`)
}

test('pictures: a folder, an experiment, a run, predictions, a report, a server', async () => {
  const wrote = await ashlar('new', 'experiment', PICTURES, '--yes')
  assert.match(wrote, /80 in 2 classes/)
  const experiment = /\n {2}ashlar run (\S+)/.exec(wrote)![1]!
  const { run: trained, test: tested } = await ashlarJson<{
    run: string
    test: { accuracy: number }
  }>('run', experiment)
  assert.ok(tested.accuracy >= 0.9, String(tested.accuracy))
  const { predictions } = await ashlarJson<Predictions>('predict', 'runs/latest', PICTURES)
  assert.is(predictions.length, 80)
  assert.equal([...new Set(predictions.map((each) => each.class))].sort(), CLASSES)
  const right = predictions.filter((each) => each.file.includes(`/${each.class}/`))
  assert.ok(right.length >= 72, `${right.length} of 80`)
  await reported(trained, CLASSES)
  await servedAs(
    'runs/latest',
    predictions.filter((_, at) => at % 10 === 0).map(({ file }) => file),
  )
})

test('a messy table: an experiment, a run, predictions for new rows, a report, a server', async () => {
  const wrote = await ashlar('new', 'experiment', TABLE, '--target', 'Klasse', '--yes')
  assert.match(wrote, /120 rows, 5 columns/)
  assert.match(wrote, /Nr .*left out: numbers the rows/)
  const experiment = /\n {2}ashlar run (\S+)/.exec(wrote)![1]!
  const { run: trained, test: tested } = await ashlarJson<{
    run: string
    test: { accuracy: number }
  }>('run', experiment)
  assert.ok(tested.accuracy >= 0.75, String(tested.accuracy))
  // UTF-8 this time; other columns, in another order, without the target; a place that no row had, and cells that are missing.
  writeFileSync(
    join(await project(), 'neue Kunden.csv'),
    'Ort;Umsatz;Alter\nKöln;95.000,25;30\n;2.000,75;\nNirgendwo;;41\n',
  )
  const { predictions } = await ashlarJson<Predictions>('predict', trained, 'neue Kunden.csv')
  assert.is(predictions.length, 3)
  assert.equal(
    predictions.slice(0, 2).map((each) => each.class),
    ['groß', 'klein'],
  )
  await reported(trained, ['groß', 'klein', 'Umsatz'])
  await servedAs(trained, ['neue Kunden.csv'])
})

test('the runs of the project, in ashlar ui', async () => {
  await during(['ui'], async (ui) => {
    const [, address, token] = await ui.seen(/page +(http:\/\/\S+?)\/\?token=(\S+)/)
    const headers = { authorization: `Bearer ${token}` }
    const load = async (path: string) => {
      const answer = await fetch(new URL(path, `${address}/`), { headers })
      assert.is(answer.status, 200, path)
      return answer.text()
    }
    const page = await load('/')
    for (const [, name] of page.matchAll(/(?:src|href)="([^":]+)"/g)) {
      assert.ok((await load(name!)).length > 0, name)
    }
    const { rows } = JSON.parse(await load('/api/runs')) as { rows: { outcome: string }[] }
    // What early stopping has ended is called stopped.
    assert.is(rows.length, 2)
    for (const { outcome } of rows) assert.match(outcome, /^(finished|stopped)$/)
  })
})

test.run()
