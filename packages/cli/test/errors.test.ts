import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Answer, ashlar, TINY } from './support/ashlar.ts'
import { inScratch } from './support/scratch.ts'

const test = suite('errors as the user sees them')

/** One clear line, hints indented below it, and nothing else. */
function refused({ code, out, err }: Answer, expected: { code: 1 | 2; message: string }): void {
  assert.is(err, `${expected.message}\n`)
  assert.is(out, '')
  assert.is(code, expected.code)
}

const CONFIGS: readonly [what: string, override: string, message: string][] = [
  [
    'a misspelt key',
    'epoch=3',
    'experiment: key must be one of NAMES, got "epoch"\n  Did you mean "epochs"?',
  ],
  [
    'a misspelt option of a plugin',
    'dataset.limt=3',
    'experiment.dataset: key must be one of limit, got "limt"\n  Did you mean "limit"?',
  ],
  ['a wrong type', 'epochs=ten', 'experiment.epochs: must be a positive integer, got "ten"'],
  [
    'a wrong type in a plugin',
    'model.units=[1]',
    'experiment.model.units: must be a positive integer, got [1]',
  ],
  [
    'an unknown plugin',
    'optimizer=adm',
    'experiment.optimizer: optimizer must be one of NAMES, got "adm"\n  Did you mean "adam"?',
  ],
  [
    'text that is no override',
    'epochs',
    'override: must have the form key=value, got "epochs"\n' +
      '  For example epochs=3, dataset.limit=4000 or +callbacks.time-budget.minutes=5; ~key removes a key.',
  ],
  [
    'a key that reaches a prototype',
    'model.__proto__.x=1',
    'override model.__proto__.x=1: a key must not reach a prototype, got "__proto__"',
  ],
]

for (const [what, override, message] of CONFIGS) {
  test(`${what} is wrong usage, and no folder is made for it`, () =>
    inScratch({}, async (folder) => {
      const out = join(folder, 'out')
      const answer = await ashlar('run', TINY, override, '--out', out)
      const names = /one of (.*), got/.exec(answer.err)?.[1] ?? ''
      refused(answer, { code: 2, message: message.replace('NAMES', names) })
      assert.equal(await readdir(folder), [])
    }))
}

test('an impossible shape names the block, the shapes, and what to do', () =>
  inScratch({}, async (folder) => {
    const answer = await ashlar(
      'run',
      'mnist-mini-resnet',
      `plugins=[${JSON.stringify(join(TINY, '../plugins.ts'))}]`,
      'model={name: misfit}',
      '--out',
      join(folder, 'out'),
    )
    refused(answer, {
      code: 2,
      message:
        'block: the input must be 4 channels wide, as the block is, got [1, 28, 28, 1]\n' +
        '  A projection block changes the width: new ProjectionBlock(filters, kernelSize).',
    })
    assert.equal(await readdir(folder), [])
  }))

test('a loss that is no number: at which step, what to try, and no weights are kept', () =>
  inScratch({}, async (folder) => {
    const answer = await ashlar('run', TINY, 'optimizer.learningRate=1e30', '--out', folder)
    assert.is(answer.code, 1)
    assert.match(
      answer.err,
      /^step \d+: the loss must stay a number, got (NaN|Infinity)\n {2}Try a learning rate below 1e\+30 or a warm-up, .*\n$/,
    )
    const [name] = (await readdir(folder)).filter((each) => each.endsWith('tiny'))
    const run = join(folder, name!)
    const files = (await readdir(run)).filter((file) => file !== 'source.diff')
    const records = ['facts.json', 'metrics.jsonl', 'samples.json', 'summary.json']
    assert.equal(files.sort(), ['config.yaml', ...records])
    const summary = JSON.parse(await readFile(join(run, 'summary.json'), 'utf8'))
    assert.is(summary.outcome, 'failed')
    assert.match(summary.reason, /the loss must stay a number/)
    refused(await ashlar('evaluate', run), {
      code: 1,
      message: `${run}: the run must have a readable weights.safetensors; one that failed may not have got as far, got "ENOENT: no such file or directory, access '${run}/weights.safetensors'"`,
    })
  }))

test('files that are missing or cannot be read', () =>
  inScratch({ 'broken.yaml': 'model: [\n' }, async (folder) => {
    const none = join(folder, 'none.yaml')
    refused(await ashlar('run', none), { code: 2, message: `${none}: the file must exist` })
    refused(await ashlar('run', join(folder, 'broken.yml')), {
      code: 2,
      message: `${join(folder, 'broken.yml')}: the file must exist\n  Did you mean "broken.yaml"?`,
    })
    const directory = join(folder, 'directory.yaml')
    await mkdir(directory)
    refused(await ashlar('run', directory), {
      code: 2,
      message: `${directory}: the file must be readable: EISDIR: illegal operation on a directory, read`,
    })
    const broken = await ashlar('run', join(folder, 'broken.yaml'))
    assert.is(broken.code, 2)
    assert.match(broken.err, /broken\.yaml: must be valid YAML: .* at line 2, column 1\n$/)
    for (const command of ['evaluate', 'export']) {
      refused(await ashlar(command, folder), {
        code: 1,
        message: `${folder}: must be a run folder, with a config.yaml in it`,
      })
    }
    assert.is(
      (await ashlar('evaluate', none)).err,
      `${none}: must be a run folder, with a config.yaml in it\n  There is nothing at this path.\n`,
    )
    assert.is(
      (await ashlar('verify', none)).err,
      `${none}: must be an exported file, or the folder of its run\n  There is nothing at this path.\n`,
    )
    const stray = join(folder, 'broken.yaml')
    const unowned = await ashlar('verify', stray)
    assert.is(unowned.code, 1)
    assert.is(
      unowned.err,
      `${stray}: the run that the file comes from must be known, got "${folder}"\n` +
        '  That is no run folder. Name the run: --run <dir>\n',
    )
    const weights = join(folder, 'none.safetensors')
    const missing = await ashlar('train', TINY, `weights=${weights}`, '--out', join(folder, 'out'))
    assert.is(missing.code, 1)
    assert.ok(missing.err.startsWith(`${weights}: `), missing.err)
    assert.is(missing.err.trimEnd().split('\n').length, 1)
  }))

test('an unknown experiment shows those that come with Ashlar', async () => {
  refused(await ashlar('run', 'mnist-mini-resent'), {
    code: 2,
    message:
      'ashlar: experiment must be one of autoencode-shapes, backbone-digits, fine-tune-digits, forecast-waves, from-scratch-digits, mnist-mini-resnet, mnist-resnet18, multi-label-shapes, remember-waves, segment-shapes, table-mixed, tag-words, text-classify, text-gpt, transcribe-melodies, got "mnist-mini-resent"\n' +
      '  Did you mean "mnist-mini-resnet"? An experiment of your own is a file of any name, or the folder of a run.',
  })
})

test('an output folder that cannot be made', () =>
  inScratch({ file: '' }, async (folder) => {
    const out = join(folder, 'file', 'runs')
    refused(await ashlar('run', TINY, '--out', out), {
      code: 1,
      message:
        `${out}: the folder must be writable, got "ENOTDIR: not a directory, mkdir '${out}'"\n` +
        '  Choose another with --out DIR.',
    })
  }))

test('--verbose adds the stack, and the errors underneath', async () => {
  const { err } = await ashlar('run', 'none.yaml', '--verbose')
  assert.match(err, /^none\.yaml|^\/.*none\.yaml: the file must exist\n/)
  assert.match(err, /\n {4}at /)
  assert.match(err, /caused by Error: ENOENT/)
})

test('--json answers an error with an object', async () => {
  const { code, out, err } = await ashlar('run', TINY, 'epochs=0', '--json')
  assert.is(code, 2)
  assert.is(err, '')
  assert.equal(JSON.parse(out), {
    error: {
      code: 'CONFIG',
      where: 'experiment.epochs',
      message: 'experiment.epochs: must be a positive integer, got 0',
    },
  })
})

test('a plugin that cannot be loaded', () =>
  inScratch({}, async (folder) => {
    await writeFile(join(folder, 'own.mjs'), 'throw new Error("broken inside")')
    await writeFile(join(folder, 'own.yaml'), 'plugins: [./own.mjs]\nmodel: x\ndataset: mnist\n')
    refused(await ashlar('run', join(folder, 'own.yaml')), {
      code: 2,
      message: `${join(folder, 'own.mjs')}: the module must load: broken inside`,
    })
  }))

test.run()
