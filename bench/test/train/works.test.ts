import { readFile } from 'node:fs/promises'
import { oneIn, tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { withDataFiles } from '../../src/train/data/files.ts'
import { sizesOf, withoutDropout } from '../../src/train/declaration.ts'
import { workOf } from '../../src/train/work.ts'
import { part, samplesFrom } from '../../src/train/workers/samples.ts'
import { declarationOf, declarations } from '../../src/train/works/index.ts'

const { test, slow } = tieredSuite('works')
const some = oneIn(4, { test, slow })

for (const declaration of declarations) {
  const sizes = sizesOf(declaration, true)

  some(`${declaration.name}: its data is the same each time, and fits its network`, async () => {
    const samples = await declaration.data(sizes, 12)
    const again = await declaration.data(sizes, 12)
    assert.equal(samples.inputs, again.inputs)
    assert.equal(samples.labels, again.labels)
    assert.is(samples.length, 12)
    const { inputShape, labelShape } = samples.info
    const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)
    assert.is(samples.inputs.length, 12 * sizeOf(inputShape))
    assert.is(samples.labels.length, 12 * sizeOf(labelShape))
    assert.ok(new Set(samples.labels).size > 1, 'there is something to learn')

    // One that is a file is held against its peers alone, which write it.
    if (declaration.exportedWith !== undefined) return
    const model = declaration.network(sizes)
    const shape = model.computeOutputShape([null, ...inputShape]) as (number | null)[]
    assert.equal(shape.slice(0, -1), [null, ...labelShape], 'an output for each label')
    assert.ok(Math.max(...samples.labels) < shape.at(-1)!, 'a class for each label')
    model.dispose()
  })

  test(`${declaration.name}: says all that peers must know, and they have its networks`, async () => {
    const work = workOf(declaration)
    assert.equal(JSON.parse(JSON.stringify(work)), work, 'it is JSON')
    assert.match(work.name, /^[a-z0-9-]+ training$/)
    assert.is(declarationOf(work.network), declaration)
    const python = await readFile(work.peers, 'utf8')
    const isFile = declaration.exportedWith !== undefined
    const wanted = isFile
      ? ['pytorch(sizes)', 'export(sizes, path)', 'load_head(net, path)']
      : ['pytorch(sizes)', 'keras_network(sizes)']
    for (const each of wanted) assert.ok(python.includes(`def ${each}:`), each)
  })
}

test('no two have the same name', () => {
  assert.is(new Set(declarations.map(({ name }) => name)).size, declarations.length)
  assert.throws(() => declarationOf('mlq'), 'there is no work mlq')
})

test('without dropout, where there is any', () => {
  assert.equal(withoutDropout({ units: 3, dropout: 0.5 }), { units: 3, dropout: 0 })
  assert.equal(withoutDropout({ units: 3 }), { units: 3 })
})

test('samples are read from files as they were written', async () => {
  for (const name of ['gpt', 'table', 'u-net']) {
    const declaration = declarationOf(name)
    const samples = await declaration.data(sizesOf(declaration, true), 5)
    await withDataFiles(samples, async (files) => {
      const read = samplesFrom(JSON.parse(JSON.stringify(files)))
      assert.equal(read.inputs, samples.inputs)
      assert.equal(read.labels, samples.labels)
      assert.equal(read.info, samples.info)
      const rest = part(read, 3, 5)
      assert.is(rest.length, 2)
      assert.equal(rest.labels, samples.labels.slice((samples.labels.length / 5) * 3))
    })
  }
})

test.run()
