import { join } from 'node:path'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson } from '../support/ashlar.ts'
import { withServer } from '../support/served.ts'

const test = suite('ashlar client and pictures')

interface Answer {
  readonly model: string
  readonly answers: readonly {
    readonly file: string
    readonly classes: readonly { readonly index: number; readonly value: number }[]
  }[]
}

/** A picture of a bar, light on dark, of any size. */
async function bar(path: string, { invert = false } = {}): Promise<void> {
  const [ink, paper] = invert ? ['black', 'white'] : ['white', 'black']
  const image = `<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100">
    <rect width="100" height="100" fill="${paper}"/><rect x="45" y="15" width="10" height="70" fill="${ink}"/></svg>`
  await sharp(Buffer.from(image)).toFile(path)
}

test('pictures of any size are classified; dark on light is the same with --invert', () =>
  withServer(
    ['mnist-mini-resnet', 'dataset.limit=64', 'model.width=0.125'],
    async (url, folder) => {
      const [light, dark, jpeg] = ['light.png', 'dark.png', 'light.jpg'].map((name) =>
        join(folder, name),
      ) as [string, string, string]
      await bar(light)
      await bar(dark, { invert: true })
      await bar(jpeg)
      const { model, answers } = await ashlarJson<Answer>('client', light, jpeg, '--url', url)
      assert.is(model, 'mnist-mini-resnet')
      assert.equal(
        answers.map(({ file }) => file),
        [light, jpeg],
      )
      const { classes } = answers[0]!
      assert.is(classes.length, 3)
      assert.ok(classes[0]!.value >= classes[1]!.value)
      assert.ok(classes.every(({ value }) => value >= 0 && value <= 1))
      const inverted = await ashlarJson<Answer>('client', dark, '--invert', '--url', url)
      assert.is(inverted.answers[0]!.classes[0]!.index, classes[0]!.index)
      // Scaling rounds to whole levels of grey.
      assert.ok(Math.abs(inverted.answers[0]!.classes[0]!.value - classes[0]!.value) < 0.02)

      const { code, out } = await ashlar('client', light, '--top', '1', '--url', url)
      assert.is(code, 0)
      assert.match(out, /light\.png {2}\d [\d.]+\n$/)

      const broken = await ashlar('client', join(folder, 'latest/config.yaml'), '--url', url)
      assert.is(broken.code, 1)
      assert.match(broken.err, /config\.yaml: must be a whole PNG, .* or TGA picture/)
      const unknown = await ashlar('client', light, '--model', 'nobody', '--url', url)
      assert.is(unknown.code, 1)
      assert.match(unknown.err, /nobody/)
    },
  ))

test.run()
