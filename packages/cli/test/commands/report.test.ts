import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tieredSuite } from '@ashlar/test-support'
import sharp from 'sharp'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const { test, slow } = tieredSuite('ashlar report')

slow('one page with everything in it, and plots as files', () =>
  inScratch({}, async (folder) => {
    const limits = [
      'dataset.limit=640',
      'dataset.testLimit=100',
      'dataset.validation=64',
      'epochs=2',
    ]
    const { run } = await ashlarJson<{ run: string }>(
      ...[
        'run',
        'mnist-mini-resnet',
        'model.width=0.125',
        ...limits,
        '--out',
        join(folder, 'runs'),
      ],
    )
    const { files } = await ashlarJson<{ files: string[] }>('report', run, '--plots', 'svg', 'png')
    assert.is(files.length, 13)
    const page = readFileSync(files[0]!, 'utf8')
    for (const heading of [
      ...['Training', 'Test', 'Worst mistakes', 'First filters', 'Model', 'Exported file'],
      ...['Experiment', 'Where it comes from'],
    ]) {
      assert.match(page, `<h2>${heading}</h2>`)
    }
    // Nothing is loaded from anywhere, and nothing runs but the one script that the policy knows by its digest.
    const [, script = ''] = /<script>([\s\S]*)<\/script>/.exec(page) ?? []
    const digest = createHash('sha256').update(script).digest('base64')
    assert.match(page, `script-src 'sha256-${digest}'`)
    assert.is(page.match(/<script/g)?.length, 2)
    assert.match(page, '<script type="application/json" id="curves-data">{')
    const text = page.replace(script, '')
    assert.not.match(text, /<link|@import|url\(/)
    assert.not.match(text.replaceAll('http://www.w3.org/', ''), /(src|href)="(?!data:image\/png|#)/)
    // Every link leads somewhere: from the diagram to the table of layers and back.
    const links = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id!)
    assert.ok(links.length > 30)
    for (const id of links) assert.is(page.split(` id="${id}"`).length, 2, id)
    assert.match(page, /<th scope="col">ms<\/th>/)
    assert.match(page, /IdentityBlock<\/td>.*<td>\d+\.\d+<\/td><td>[\d.]+ %<\/td>/)
    assert.is(page.match(/alt="test sample/g)?.length, 24)
    assert.match(page, /sha256:[0-9a-f]{64}/)
    const { width, format } = await sharp(files.at(-1)).metadata()
    assert.equal([format, width! > 400], ['png', true])

    const other = join(folder, 'deep/page.html')
    const { out } = await ashlar('report', run, 'dataset.testLimit=20', '--out', other)
    assert.match(out, /page\.html\n$/)
    assert.match(readFileSync(other, 'utf8'), '<h2>Training</h2>')
  }),
)

test('wrong usage', async () => {
  const { code, err } = await ashlar('report', 'x', '--plots', 'gif')
  assert.is(code, 2)
  assert.match(err, 'Allowed choices are svg, png')
  assert.match((await ashlar('report', '/nowhere')).err, 'must be a run folder')
})

test.run()
