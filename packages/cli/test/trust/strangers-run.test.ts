import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { appendFile, copyFile, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson, TINY } from '../support/ashlar.ts'
import { strange } from '../support/hostile.ts'
import { start } from '../support/process.ts'
import { inScratch } from '../support/scratch.ts'

const { test, slow } = tieredSuite('a run whose model and data are code of somebody else')

let home = ''
let made = ''
test.before(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'ashlar-strange-')))
  const { run } = await ashlarJson<{ run: string }>('run', TINY, '--out', join(home, 'runs'))
  made = run
})
test.after(() => rm(home, { recursive: true, force: true }))

/** The run with its plugins beside it, which say by a file that they were loaded. */
const withRun = (fn: (run: string, marker: string) => Promise<void>) =>
  inScratch({}, async (folder) => {
    const marker = join(folder, 'marker')
    const module = join(folder, 'strange/evil.ts')
    const plugins = pathToFileURL(join(dirname(TINY), 'plugins.ts')).href
    const run = await strange(made, dirname(module), (config) => ({ ...config, plugins: [module] }))
    await writeFile(
      module,
      `import { writeFileSync } from 'node:fs'\nwriteFileSync(${JSON.stringify(marker)}, 'ran')\nexport { plugins } from ${JSON.stringify(plugins)}\n`,
    )
    await fn(run, marker)
  })

test('report shows what the run recorded: curves, confusion, layers, the file', () =>
  withRun(async (run, marker) => {
    const { code, out, err } = await ashlar('report', run, '--plots', 'svg')
    assert.is(code, 0, err)
    assert.match(err, /without --trust it does not\n {2}run {4}\S+evil\.ts \(plugins\)\n/)
    assert.not.ok(existsSync(marker))
    const page = await readFile(join(run, 'report.html'), 'utf8')
    assert.match(page, 'the page shows what it recorded')
    for (const heading of ['Training', 'Test', 'Model', 'Exported file', 'Experiment']) {
      assert.match(page, `<h2>${heading}</h2>`)
    }
    for (const name of ['left', 'middle', 'right'])
      assert.match(page, `<th scope="row" class="text">${name}</th>`)
    assert.match(page, /<td class="text">Dense<\/td>/)
    assert.match(page, 'how data goes through its layers')
    // Filters are the model itself; mistakes were recorded when it was tested.
    assert.not.match(page, /<h2>First filters<\/h2>/)
    assert.match(page, '<h2>Worst mistakes</h2>')
    assert.match(out, /confusion\.svg/)
  }))

slow('what it recorded is what building it gives', () =>
  withRun(async (run, marker) => {
    await ashlar('report', run, '--out', join(run, 'stored.html'))
    assert.not.ok(existsSync(marker))
    const { code, err } = await ashlar('report', run, '--trust', '--out', join(run, 'built.html'))
    assert.is(code, 0, err)
    // And so the marker can be written.
    assert.ok(existsSync(marker))
    const rows = async (name: string) =>
      (await readFile(join(run, name), 'utf8')).match(
        /<tr><th scope="row" class="text">(left|middle|right|macro|weighted)[^<]*<.*?<\/tr>/g,
      )
    const stored = await rows('stored.html')
    assert.is(stored?.length, 5)
    assert.equal(stored, await rows('built.html'))
  }),
)

test('summary and config show it', () =>
  withRun(async (run, marker) => {
    const stored = await ashlar('summary', run)
    assert.match(stored.err, 'without --trust it does not')
    assert.is(stored.out, (await ashlar('summary', made)).out)
    const config = await ashlar('config', run)
    assert.is(config.code, 0)
    assert.match(config.out, /^model:\n {2}name: perceptron\n {2}units: 8$/m)
    assert.match(config.err, 'run    ')
    assert.not.ok(existsSync(marker))
    // Another shape is another model.
    assert.is((await ashlar('summary', run, '--input', '5')).code, 2)
  }))

slow('verify holds the file against what was recorded of it', () =>
  withRun(async (run, marker) => {
    const model = join(run, 'model.onnx')
    const { code, out, err } = await ashlar('verify', run)
    assert.is(code, 0, err)
    assert.match(
      out,
      /model\.onnx is the file that \S+ recorded as equal to its model\nsha256 [0-9a-f]{64}, /,
    )
    assert.match(out, 'Its model was not run: --trust holds the file against it again.')
    await appendFile(model, Buffer.from([0x72, 0]))
    const changed = await ashlar('verify', model)
    assert.is(changed.code, 1)
    assert.match(
      changed.err,
      /must be the file that equalled its model, with the SHA-256 [0-9a-f]{64}, got "/,
    )
    assert.not.ok(existsSync(marker))
    await rm(join(run, 'verification.json'))
    const asked = await ashlar('verify', run)
    assert.is(asked.code, 2)
    assert.match(asked.err, /must be trusted for what it would do: .*\n {2}run {4}/)
  }),
)

test('what needs the code is refused, and done with --trust', () =>
  withRun(async (run, marker) => {
    for (const args of [
      ['evaluate', run],
      ['evaluate', run, '--on', 'onnx'],
      ['export', run],
      ['explain', run],
      ['train', run, '--out', join(run, 'again')],
    ]) {
      const { code, err } = await ashlar(...args)
      assert.is(code, 2, args.join(' '))
      assert.match(
        err,
        /\n {2}run {4}\S+evil\.ts \(plugins\)\n {2}Add --trust if you trust all of this\.\n$/,
      )
      assert.not.ok(existsSync(marker))
    }
    const { code, out } = await ashlar('evaluate', run, '--trust', '--on', 'both')
    assert.is(code, 0)
    assert.match(out, 'model and file agree')
    assert.ok(existsSync(marker))
  }))

slow('serve says what it left out without a page, too', () =>
  withRun(async (run, marker) => {
    const args = ['serve', run, '--port', '0', '--token', 'x', '--log-level', 'silent']
    const { child, seen, ended } = start(args, { cwd: dirname(run) })
    await seen(/serving {3}\S+\n/).finally(() => child.kill('SIGTERM'))
    assert.match((await ended).err, /run {4}\S+evil\.ts \(plugins\)/)
    assert.not.ok(existsSync(marker))
  }),
)

slow('serve names its classes on the page', () =>
  withRun(async (run, marker) => {
    const { child, seen, ended } = start(['serve', run, '--port', '0', '--log-level', 'silent'], {
      cwd: dirname(run),
    })
    try {
      const [, http] = await seen(/serving {3}(\S+)\n/)
      const card = (await (await fetch(`${http}/page/card.json`)).json()) as { labels: string[] }
      assert.equal(card.labels, ['left', 'middle', 'right'])
    } finally {
      child.kill('SIGTERM')
    }
    const { code, err } = await ended
    assert.is(code, 0, err)
    assert.match(err, /run {4}\S+evil\.ts \(plugins\)/)
    assert.not.ok(existsSync(marker))
  }),
)

slow('a repository of git in the run starts none of its programs when it is trained again', () =>
  inScratch({}, async (folder) => {
    const file = join(folder, 'plain.yaml')
    await copyFile(new URL('../support/tiny/plain.yaml', import.meta.url), file)
    const { run } = await ashlarJson<{ run: string }>('train', file, '--out', join(folder, 'runs'))
    const other = await strange(run, join(folder, 'strange'), ({ out: _, ...config }) => ({
      ...config,
      folder: '.',
    }))
    const marker = join(folder, 'marker')
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', other, '-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args])
    git('init', '-q')
    git('add', 'config.yaml')
    git('commit', '-q', '-m', 'first')
    await writeFile(join(other, '.gitattributes'), '* filter=evil\n')
    await appendFile(join(other, 'config.yaml'), '# changed\n')
    git('config', 'filter.evil.clean', `touch '${marker}'; cat`)
    git('config', 'core.fsmonitor', `touch '${marker}'`)
    const { code, err } = await ashlar('train', other, '--out', join(folder, 'again'))
    assert.is(code, 0, err)
    assert.not.ok(existsSync(marker))
    git('status')
    assert.ok(existsSync(marker))
  }),
)

test('a run of a stranger that asks for nothing needs no trust', () =>
  inScratch({}, async (folder) => {
    const file = join(folder, 'plain.yaml')
    await copyFile(new URL('../support/tiny/plain.yaml', import.meta.url), file)
    const { run } = await ashlarJson<{ run: string }>('run', file, '--out', join(folder, 'runs'))
    const other = await strange(run, join(folder, 'strange'), ({ out: _, ...config }) => config)
    for (const args of [['evaluate'], ['export'], ['report'], ['verify'], ['summary']]) {
      const { code, err } = await ashlar(...args, other)
      assert.is(code, 0, err)
      assert.is(err, '')
    }
    // What is trained from it was made here.
    const { run: own } = await ashlarJson<{ run: string }>(
      'train',
      other,
      '--out',
      join(folder, 'own'),
    )
    assert.match(await readFile(join(own, 'config.yaml'), 'utf8'), /\n# made here: [0-9a-f]{64}\n$/)
  }))

test.run()
