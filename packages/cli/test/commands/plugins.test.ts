import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson, TINY } from '../support/ashlar.ts'

const test = suite('ashlar plugins')

interface Result {
  readonly plugins: readonly {
    readonly kind: string
    readonly name: string
    readonly owner: string
    readonly description: string
    readonly options: Readonly<Record<string, { readonly description?: string }>>
  }[]
}

test('lists every kind, with owners, and a description of each plugin and option', async () => {
  const { plugins } = await ashlarJson<Result>('plugins')
  const owners = new Map(plugins.map(({ kind, name, owner }) => [`${kind} ${name}`, owner]))
  assert.is(owners.get('model mini-resnet'), '@ashlar/blocks')
  assert.is(owners.get('model resnet18'), '@ashlar/blocks')
  assert.is(owners.get('block identity'), '@ashlar/blocks')
  assert.is(owners.get('block projection'), '@ashlar/blocks')
  assert.is(owners.get('dataset mnist'), '@ashlar/datasets')
  assert.is(owners.get('optimizer adam'), '@ashlar/core')
  assert.is(owners.get('engine onnxruntime'), '@ashlar/core')
  for (const { kind, name, description, options } of plugins) {
    assert.ok(description, `${kind} ${name} has no description`)
    for (const [key, { description: words }] of Object.entries(options)) {
      assert.ok(words, `${kind} ${name}: ${key} has no description`)
    }
  }
})

test('for people: options with type, default and meaning', async () => {
  const { code, out } = await ashlar('plugins', '--kind', 'model')
  assert.is(code, 0)
  assert.match(out, /^models\n(.*\n)* {2}mini-resnet {2}.* \(@ashlar\/blocks\)\n/)
  assert.match(
    out,
    / {6}kernelSize {2,}a positive integer, default 3\. Side of their square kernels\.\n/,
  )
  assert.not.match(out, /datasets/)
})

test('those of an experiment come with it', async () => {
  const { plugins } = await ashlarJson<Result>('plugins', TINY, '--kind', 'dataset')
  const clouds = plugins.find(({ name }) => name === 'clouds')
  assert.is(clouds?.owner, './plugins.ts')
})

test('one plugin alone, by its name: what a new experiment says to look at', async () => {
  const { code, out } = await ashlar('plugins', 'mlp')
  assert.is(code, 0)
  assert.match(out, /^models\n {2}mlp {2}.*\n( {6}.*\n)+\n?$/)
  const { plugins } = await ashlarJson<Result>('plugins', 'onnx')
  assert.equal(plugins.map(({ kind }) => kind).sort(), ['exporter', 'model'])
  const { plugins: models } = await ashlarJson<Result>('plugins', 'onnx', '--kind', 'model')
  assert.equal(
    models.map(({ kind, name }) => `${kind} ${name}`),
    ['model onnx'],
  )
  const wrong = await ashlar('plugins', 'mpl')
  assert.is(wrong.code, 2)
  assert.match(wrong.err, /^ashlar: plugin or experiment must be one of mlp, .*got "mpl"\n.*"mlp"/)
  const other = await ashlar('plugins', 'mlp', '--kind', 'dataset')
  assert.is(other.code, 2)
  assert.match(other.err, /^ashlar plugins: dataset must be one of .*, got "mlp"/)
})

test('an unknown kind shows the known ones', async () => {
  const { code, err } = await ashlar('plugins', '--kind', 'modle')
  assert.is(code, 2)
  assert.match(
    err,
    /^ashlar plugins: kind must be one of [a-z]+, .*model, .*, got "modle"\n.*"model"/,
  )
})

test.run()
