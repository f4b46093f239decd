import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('data that is bad, by the command')

const HOME = process.env.ASHLAR_HOME
test.after(() => {
  if (HOME === undefined) delete process.env.ASHLAR_HOME
  else process.env.ASHLAR_HOME = HOME
})

/** A file of a tar archive. */
function tarred(name: string, body: Buffer): Buffer {
  const header = Buffer.alloc(512)
  header.write(name)
  header.write('0000644\0', 100)
  header.write(body.length.toString(8).padStart(11, '0'), 124)
  header.write('        ', 148)
  header.write('0', 156)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((all, byte) => all + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512)])
}

function picture(red: number): Promise<Buffer> {
  const background = { r: red, g: 20, b: 30 }
  return sharp({ create: { width: 4, height: 4, channels: 3, background } })
    .png()
    .toBuffer()
}

async function shard(): Promise<Buffer> {
  const files: Buffer[] = []
  for (let id = 0; id < 12; id++) {
    files.push(tarred(`${id}.png`, await picture(20 * id)))
    files.push(tarred(`${id}.cls`, Buffer.from(id % 2 ? 'dog' : 'cat')))
  }
  return Buffer.concat([...files, Buffer.alloc(1024)])
}

const lines = (rows: readonly object[]) => `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`

const rows = Array.from({ length: 12 }, (_, id) => ({
  ...{ id, ids: [1 + (id % 3), 2], kind: id % 2 ? 'dog' : 'cat' },
}))

const kind = { target: 'kind', task: 'classification', testPart: 2, threads: 1 }
const pictures = { as: 'picture', size: [4, 4], cache: true }

interface Case {
  readonly dataset: object
  readonly model?: object
  write(folder: string): Promise<void>
  /** Where, what is wrong, and what to do. */
  readonly told: RegExp
}

const cases: Readonly<Record<string, Case>> = {
  'a shard that is cut': {
    dataset: {
      name: 'webdataset',
      files: 'a.tar',
      input: 'png',
      ...kind,
      target: 'cls',
      ...pictures,
    },
    async write(folder) {
      const whole = await shard()
      await writeFile(join(folder, 'a.tar'), whole.subarray(0, Math.floor(whole.length * 0.6)))
    },
    told: /a\.tar: must be a whole tar archive .*\n {2}The shard is damaged or cut short: get it again\.$/,
  },
  'a picture in a shard that is none': {
    dataset: {
      name: 'webdataset',
      files: 'a.tar',
      input: 'png',
      ...kind,
      target: 'cls',
      ...pictures,
    },
    async write(folder) {
      const files = [await shard()].map((each) => each.subarray(0, -1024))
      const odd = [
        tarred('99.png', Buffer.from('no picture')),
        tarred('99.cls', Buffer.from('cat')),
      ]
      await writeFile(join(folder, 'a.tar'), Buffer.concat([...odd, ...files, Buffer.alloc(1024)]))
    },
    told: /a\.tar, 99: must be a whole PNG, .* picture \(.*\)\n {2}Get the file again, or leave it out: .*\.$/,
  },
  'a line that is no JSON': {
    dataset: { name: 'json-lines', files: 'a.jsonl', input: 'id', as: 'numbers', ...kind },
    write: (folder) => writeFile(join(folder, 'a.jsonl'), `${lines(rows)}{"id": 1, "kin`),
    told: /a\.jsonl, record 13: must be a line of JSON/,
  },
  'a value of another type': {
    dataset: { name: 'json-lines', files: 'a.jsonl', input: 'id', as: 'numbers', ...kind },
    write: (folder) =>
      writeFile(join(folder, 'a.jsonl'), lines(rows.map((row) => ({ ...row, id: 'twelve' })))),
    told: /a\.jsonl, record \d+, "id": must be a number that float32 has, .*got "twelve"\n {2}Name the fields that are numbers/,
  },
  'a token beyond the vocabulary': {
    dataset: {
      ...{
        name: 'json-lines',
        files: 'a.jsonl',
        input: 'ids',
        as: 'ids',
        tokens: 3,
        vocabulary: 3,
      },
      ...kind,
    },
    model: { name: 'text-encoder', width: 4, heads: 2, blocks: 1, hidden: 4 },
    write: (folder) => writeFile(join(folder, 'a.jsonl'), lines(rows)),
    told: /a\.jsonl, record \d+, "ids", place 0: must be .*a number from 0 to 2, got 3\n {2}/,
  },
  'a class without samples': {
    dataset: {
      ...{ name: 'json-lines', files: 'a.jsonl', input: 'id', as: 'numbers', ...kind },
      classes: ['cat', 'dog', 'owl'],
    },
    write: (folder) => writeFile(join(folder, 'a.jsonl'), lines(rows)),
    told: /a\.jsonl: every class must have a sample, and "owl" has none\n {2}Leave it out of `classes`, or look for its files\.$/,
  },
  'a field that the model does not take': {
    dataset: {
      ...{ name: 'json-lines', files: 'a.jsonl', ...kind, target: undefined, task: undefined },
      inputs: { id: { field: 'id', as: 'numbers' }, other: { field: 'id', as: 'numbers' } },
      outputs: { kind: { field: 'kind', task: 'classification' } },
    },
    model: { name: 'mlp', hidden: [4] },
    write: (folder) => writeFile(join(folder, 'a.jsonl'), lines(rows)),
    told: /^Mlp: the model takes one tensor, and samples must have one input without a name, got "id, other"\n {2}Give the data one input, or take a model that takes fields by name/,
  },
  'a table that ends early': {
    dataset: { name: 'csv-stream', files: 'a.csv', ...kind },
    write: (folder) =>
      writeFile(
        join(folder, 'a.csv'),
        `id,kind\n${rows.map((row) => `${row.id},${row.kind}`).join('\n')}\n13`,
      ),
    told: /a\.csv, line 14: must have the 2 cells that the first row names, got 1\n {2}A file that is cut ends within a line: get it again\.$/,
  },
  'a column that is not there': {
    dataset: { name: 'csv-stream', files: 'a.csv', ...kind, target: 'kinds' },
    write: (folder) =>
      writeFile(
        join(folder, 'a.csv'),
        `id,kind\n${rows.map((row) => `${row.id},${row.kind}`).join('\n')}\n`,
      ),
    told: /a\.csv: the first row must name the column "kinds", got \["id", "kind"\]/,
  },
}

for (const [name, { dataset, model = { name: 'mlp', hidden: [4] }, write, told }] of Object.entries(
  cases,
)) {
  test(`${name}: one line with file, row and what to do, and nothing kept`, () =>
    inScratch({}, async (folder) => {
      const home = join(folder, 'home')
      await mkdir(home)
      process.env.ASHLAR_HOME = home
      await write(folder)
      const experiment = join(folder, 'bad.yaml')
      await writeFile(experiment, JSON.stringify({ model, dataset, epochs: 1, batchSize: 4 }))
      const { code, out, err } = await ashlar('run', experiment, '--out', join(folder, 'runs'))
      assert.ok(code === 1 || code === 2, `${code} ${out}${err}`)
      const message = err.trim().replaceAll(`${folder}/`, '')
      assert.match(message, told)
      // What is wrong, and what to do; no stack, and nothing twice.
      assert.ok(message.split('\n').length <= 2, message)
      const kept = await readdir(join(home, 'datasets/decoded')).catch(() => [])
      assert.equal(kept, [])
      const index = await readFile(join(folder, 'runs/index.jsonl'), 'utf8').catch(() => '')
      assert.not.match(index, /"finished"/)
    }))
}

test.run()
