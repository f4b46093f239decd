import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson, TINY } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('ashlar runs, compare, tag')

test('two runs are listed, tagged, found by what they are, and compared', () =>
  inScratch({}, async (folder) => {
    const out = join(folder, 'runs')
    const train = (...overrides: string[]) =>
      ashlarJson<{ run: string }>('train', TINY, ...overrides, '--out', out)
    const first = await train('epochs=2')
    const second = await train('epochs=3', 'optimizer.name=sgd', 'optimizer.learningRate=0.01')

    const list = await ashlar('runs', '--out', out)
    assert.is(list.code, 0, list.err)
    const lines = list.out.trimEnd().split('\n')
    assert.is(lines.length, 3)
    assert.match(lines[0]!, /^run +outcome +optimizer\.name +\S+ +\S+ +loss +accuracy +seconds$/)
    assert.match(lines[1]!, /-tiny(-2)? +finished/)

    assert.is((await ashlar('tag', first.run, 'best', '--note', 'by luck')).code, 0)
    const tagged = await ashlarJson<{ found: number; total: number; runs: { note: string }[] }>(
      ...['runs', 'tag=best', '--out', out],
    )
    assert.equal([tagged.total, tagged.found, tagged.runs[0]!.note], [2, 1, 'by luck'])
    const sorted = await ashlar(
      ...['runs', 'epochs>1', '--sort', '-epochs', '--columns', 'epochs,optimizer.name'],
      ...['--limit', '1', '--out', out],
    )
    assert.match(sorted.out, / 2 +\S+ +#best\n1 of 2 runs; --limit 0 shows all\n$/)
    assert.match((await ashlar('runs', 'epochs>9', '--out', out)).out, 'no run fulfils that')

    const unknown = await ashlar('runs', '--columns', 'run,acuracy', '--out', out)
    assert.is(unknown.code, 2)
    assert.match(
      unknown.err,
      /^columns: key must be one of .*, got "acuracy"\n {2}Did you mean "accuracy"\?/,
    )
    const tagless = await ashlar('tag', first.run, '')
    assert.is(tagless.code, 2)
    assert.match(tagless.err, /-tiny\.tags\[1\]: must be a string that is not empty, got ""/)
    assert.match((await ashlar('tag', first.run)).out, / #best\nby luck\n$/)

    const compared = await ashlar('compare', first.run, second.run)
    assert.is(compared.code, 0, compared.err)
    assert.match(compared.out, /^optimizer\.name +\S+ +sgd$/m)
    assert.match(compared.out, /^epochs +2 +3$/m)
    assert.match(compared.out, /^accuracy +[\d.]+ +[\d.]+$/m)
    assert.match(compared.out, /^A {2}[▁▂▃▄▅▆▇█]{2} {2}.* → /m)
  }))

test('wrong usage', () =>
  inScratch({}, async (folder) => {
    for (const [args, told] of [
      [['runs', '--out', join(folder, 'none')], 'must be a folder of runs'],
      [['runs', '--limit', 'all'], 'must be a whole number, 0 or more.'],
      [
        ['runs', '--out', folder, 'accuracy>>1'],
        'a condition must be a key, one of = != > >= < <=',
      ],
      [['runs', '--out', folder, 'accuracy'], 'a condition must be a key, one of = != > >= < <='],
      [['compare', folder], 'there must be two runs or more'],
      [['tag', folder, 'x'], 'must be a run folder'],
    ] as const) {
      const { code, err } = await ashlar(...args)
      assert.is.not(code, 0)
      assert.match(err, told)
    }
  }))

test.run()
