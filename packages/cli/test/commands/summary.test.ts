import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson, TINY } from '../support/ashlar.ts'

const test = suite('ashlar summary')

interface Result {
  readonly name: string
  readonly options: object
  readonly inputShape: readonly (number | null)[]
  readonly parameters: { readonly total: number; readonly trainable: number }
  readonly flops: number
  readonly layers: readonly { readonly path: string; readonly parameters: number }[]
}

const counts: readonly [args: string[], total: number][] = [
  [['mini-resnet'], 152_842],
  [['resnet18'], 11_189_770],
  [['mini-resnet', 'numClasses=100'], 152_842 + 90 * 65],
  [['mnist-mini-resnet'], 152_842],
  [['mnist-resnet18', 'model.numClasses=12'], 11_189_770 + 2 * 513],
  [[TINY], 67],
  [[TINY, 'model.units=16'], 131],
]

for (const [args, total] of counts) {
  test(`${args.join(' ').replace(TINY, 'tiny.yaml')}: ${total} parameters`, async () => {
    const { parameters, layers, flops } = await ashlarJson<Result>('summary', ...args)
    assert.is(parameters.total, total)
    assert.ok(flops > 0)
    assert.ok(layers.length > 0)
  })
}

test('shows a table of layers with shapes, parameters and FLOPs', async () => {
  const { code, out } = await ashlar('summary', 'mini-resnet')
  assert.is(code, 0)
  assert.match(out, /^MiniResNet: \[\?, 28, 28, 1\] -> \[\?, 10\]\n/)
  assert.match(out, /conv +Conv2D +\[\?, 28, 28, 64\] +3,200 +4,917,248\n/)
  assert.match(out, /152,842 parameters: 152,202 trainable, 640 not\n/)
})

test('a block is summarized as the model that it is, for the input that is given', async () => {
  const { parameters, name } = await ashlarJson<Result>(
    ...['summary', 'projection', 'filters=128', 'strides=2', '--input', '9x9x64'],
  )
  assert.is(name, 'projection')
  assert.is(parameters.total, 231_296)
})

test('says what is wrong', async () => {
  const refused = async (...args: string[]) => {
    const { code, out, err } = await ashlar('summary', ...args)
    assert.is(code, 2)
    assert.is(out, '')
    return err
  }
  assert.match(
    await refused('mini-resnet', 'numClases=3'),
    /^model: key must be one of numClasses, .*, got "numClases"\n {2}Did you mean "numClasses"\?\n$/,
  )
  assert.match(
    await refused('mini-resnt'),
    /^ashlar: model, block or experiment must be one of .*mini-resnet.*, got "mini-resnt"\n {2}Did you mean "mini-resnet"\?/,
  )
})

test.run()
