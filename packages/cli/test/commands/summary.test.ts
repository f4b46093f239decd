import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson, TINY } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

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

/** Pictures of two classes, which are not looked at. */
const PICTURES = `model: simple-cnn
dataset: { name: image-folder, folder: p, size: [9, 9] }
`

test('what a run would refuse is refused here in the same words: pictures too small, nothing left', () =>
  inScratch({ 'x.yaml': PICTURES }, async (folder) => {
    for (const name of ['a', 'b']) await mkdir(join(folder, 'p', name), { recursive: true })
    const file = join(folder, 'x.yaml')
    for (const override of ['dataset.size=[4,4]', 'dataset.size=[9,9]']) {
      const answers = [
        await ashlar('summary', file, override),
        await ashlar('run', file, override, '--out', join(folder, 'runs')),
      ]
      for (const { code, err } of answers) {
        assert.is(code, 2)
        assert.match(
          err,
          /^experiment\.model: samples of shape \[\d, \d, 3\] must fit through the model: \w+: the image must be as large as a window of .*\n {2}The pictures may be too small for so many steps: make them larger \(dataset\.size\), or the model shallower\.\n$/,
        )
      }
      assert.is(answers[0]!.err, answers[1]!.err)
    }
    assert.is((await ashlar('summary', file, 'dataset.size=[10,10]')).code, 0)
    // Another shape than the data's, and a model without data.
    for (const target of [file, 'simple-cnn']) {
      const { code, err } = await ashlar('summary', target, '--input', '9,9,3')
      assert.is(code, 2)
      assert.match(
        err,
        /samples of shape \[9, 9, 3\] must fit through the model: .*\n {2}Say another shape of one sample: --input 32,32,3\.\n$/,
      )
    }
  }))

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
