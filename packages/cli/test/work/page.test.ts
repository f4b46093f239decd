import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRun } from '@ashlar/experiment'
import { tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { describePage } from '../../src/work/page.ts'
import { ashlarJson, TINY } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const { test, slow } = tieredSuite('what the page of a model shows')

let path = ''
let out = ''
test.before(async () => {
  out = await mkdtemp(join(tmpdir(), 'ashlar-page-'))
  path = (await ashlarJson<{ run: string }>('run', TINY, 'seed=5', '--out', out)).run
})
test.after(() => rm(out, { recursive: true, force: true }))

test('a run: accuracy, verification, provenance, the file, and the names of the classes', async () => {
  const file = join(path, 'model.onnx')
  const run = await openRun(path)
  const { model, card, labels, samples } = await describePage({ file, name: 'clouds', run })
  assert.is(model, 'clouds')
  assert.ok(card.description?.includes(run.name))
  const sections = Object.fromEntries(
    card.sections.map(({ title, rows }) => [title, Object.fromEntries(rows)]),
  )
  assert.equal(Object.keys(sections), ['On test data', 'Verified', 'Made from', 'File'])
  assert.match(sections['On test data']!.accuracy!, /^[\d.]+$/)
  assert.match(sections.Verified!.equality!, /^equal within .* against TensorFlow\.js on /)
  assert.is(sections['Made from']!.seed, '5')
  assert.is(sections['Made from']!.dataset, 'clouds')
  const digest = createHash('sha256').update(readFileSync(file)).digest('hex')
  assert.is(sections.File!['SHA-256'], digest)
  assert.is(labels?.length, 3)
  // Points are no pictures.
  assert.is(samples, undefined)
})

const convert = { run: async () => Buffer.of(), hasRoom: () => true, endings: ['.tif'] }

test('the page of a model that takes no pictures has nothing to read them with', async () => {
  const file = join(path, 'model.onnx')
  assert.not.ok('convert' in (await describePage({ file, convert })))
})

test('a file alone is told of by what it says of itself', async () => {
  const { model, card, labels } = await describePage({ file: join(path, 'model.onnx') })
  assert.is(model, 'model')
  assert.equal(
    card.sections.map(({ title }) => title),
    ['On test data', 'Made from', 'File'],
  )
  assert.equal(labels, ['left', 'middle', 'right'])
})

slow('images of every class, two of each, in the order of the classes', () =>
  inScratch({}, async (out) => {
    const args = ['mnist-mini-resnet', 'dataset.limit=64', 'model.width=0.125', '--out', out]
    const { run } = await ashlarJson<{ run: string }>('run', ...args)
    const { samples, convert: found } = await describePage({
      convert,
      file: join(run, 'model.onnx'),
      run: await openRun(run),
    })
    assert.is(found, convert)
    assert.equal([samples?.height, samples?.width], [28, 28])
    assert.is(samples?.labels.join(''), '00112233445566778899')
    assert.is(samples?.pixels.length, 20 * 28 * 28)
    for (let index = 0; index < 20; index++) {
      const picture = samples!.pixels.subarray(index * 784, (index + 1) * 784)
      assert.ok(picture.some((pixel) => pixel > 128))
    }
  }),
)

test.run()
