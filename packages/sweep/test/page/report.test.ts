import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { writeSweepReport } from '../../src/page/report.ts'
import { inScratch, makeTiny, tinySweep } from '../support/sweep.ts'

const test = suite('writeSweepReport')

/** Lines that a plot draws, its axes aside. */
const lines = (svg: string) =>
  [...svg.matchAll(/<g [^>]*aria-label="line">(.*?)<\/g>/gs)].flatMap(
    ([, inside = '']) => inside.match(/<path /g) ?? [],
  ).length

test('shows every trial, what mattered, the curves and the best configuration', () =>
  inScratch(async (out) => {
    const asked = {
      args: [
        'optimizer.learningRate=1e-4..1e-1:log',
        'model.units=4,8,-1',
        'epochs=3',
        'callbacks.trouble.what=nothing',
      ],
      trials: 9,
      suggester: 'sobol',
    }
    const { folder, trials, best } = await makeTiny(out, asked)
    const path = await writeSweepReport(folder, { ...tinySweep(asked), base: '' })
    assert.is(path, folder.file('report.html'))
    const page = await readFile(path, 'utf8')
    const good = trials.filter(({ status }) => status === 'completed')
    assert.ok(good.length >= 5 && good.length < 9)
    for (const { id } of trials) assert.ok(page.includes(`>${id}<`), id)
    assert.ok(page.includes(`>${best!.id}</th><td class="text">completed`))
    const plot = (name: RegExp) =>
      page.split('<figure>').find((each) => name.test(each.slice(0, 200)))!
    // A line for each trial that is worth something.
    assert.is(lines(plot(/Every trial/)), good.length)
    assert.is(lines(plot(/val_loss by step/)), good.length + 1)
    assert.match(plot(/Every trial/), /optimizer\.learningRate/)
    assert.match(plot(/Importance/), /model\.units/)
    // No bar is longer than the whole.
    for (const [, width] of plot(/Importance/).matchAll(/<rect [^>]*width="([\d.]+)"/g))
      assert.ok(Number(width) <= 250, `${width} of 250`)
    assert.match(page, /Best configuration[\s\S]*# optimizer\.learningRate=/)
    assert.match(page, /Failures[\s\S]*units/)
    // Nothing from elsewhere.
    assert.not.match(page, /<script|src="http|href="http/)
  }))

test('what a sweep is given is text on its page', () =>
  inScratch(async (out) => {
    const asked = { args: ['dataset.digest=<b>x</b>,"<script>y</script>"', 'epochs=1'], trials: 2 }
    const { folder } = await makeTiny(out, asked)
    const page = await readFile(
      await writeSweepReport(folder, { ...tinySweep(asked), base: '' }),
      'utf8',
    )
    assert.not.match(page, /<script>y|<b>x/)
    assert.match(page, /&lt;script&gt;y/)
  }))

test('a sweep of which nothing came has a page as well', () =>
  inScratch(async (out) => {
    const asked = { args: ['callbacks.trouble.what=throw', 'epochs=2'], attempts: 1, trials: 1 }
    const { folder } = await makeTiny(join(out, 'a'), asked)
    const page = await readFile(
      await writeSweepReport(folder, { ...tinySweep(asked), base: '' }),
      'utf8',
    )
    assert.match(page, /thrown on purpose/)
    assert.not.match(page, /NaN|undefined/)
  }))

test.run()
