import { copyFile, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson, TINY } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const { test, slow } = tieredSuite('ashlar run, export and verify')

interface Verification {
  readonly passed: boolean
  readonly maxAbsolute: number
  readonly reference: { readonly backend: string }
  readonly cases: readonly object[]
}

interface Result {
  readonly run: string
  readonly export: {
    readonly path: string
    readonly bytes: number
    readonly report: { readonly file: { readonly opset: number }; verification: Verification }
  }
}

const run = (out: string, ...args: string[]) =>
  ashlarJson<Result>('run', TINY, '--out', out, ...args)

test('trains, tests, exports and verifies; says where everything is and what to try next', () =>
  inScratch({}, async (out) => {
    const { code, out: told, err } = await ashlar('run', TINY, '--out', out)
    assert.is(code, 0, err)
    const [name] = (await readdir(out)).filter((each) => each !== 'latest')
    const folder = join(out, name!)
    // Changes of the working tree that are not committed are kept too, when there are any.
    const files = (await readdir(folder)).filter((file) => file !== 'source.diff')
    assert.equal(files.sort(), [
      'checkpoints',
      'config.yaml',
      'description.json',
      'facts.json',
      'metrics.jsonl',
      'model.onnx',
      'samples.json',
      'summary.json',
      'verification.json',
      'weights.safetensors',
    ])
    assert.ok(told.includes(`\nrun       ${folder}/ (config.yaml, `), told)
    assert.ok(told.includes(`\nmodel     ${folder}/model.onnx (`), told)
    assert.match(
      told,
      /\nverified {2}equal within [\d.e-]+ on \d+ sets of inputs, onnxruntime-node /,
    )
    const next = told.slice(told.indexOf('\nNext:\n'))
    for (const command of ['predict', 'serve', 'report', 'verify', 'run']) {
      assert.match(next, new RegExp(`\n {2}ashlar ${command}`))
    }
  }))

slow('the report is in the run folder, and never made by onnxruntime alone', () =>
  inScratch({}, async (out) => {
    const { run: folder, export: exported } = await run(out)
    assert.is(exported.path, join(folder, 'model.onnx'))
    assert.is(exported.bytes, (await stat(exported.path)).size)
    const stored = JSON.parse(await readFile(join(folder, 'verification.json'), 'utf8'))
    assert.equal(stored, exported.report)
    const { passed, reference, cases, maxAbsolute } = exported.report.verification
    assert.ok(passed)
    assert.ok(['tensorflow', 'wasm', 'cpu'].includes(reference.backend), reference.backend)
    assert.ok(cases.length > 3)
    assert.ok(maxAbsolute < 1e-5)
  }),
)

slow('the same seed gives the same file, byte for byte', () =>
  inScratch({}, async (out) => {
    const file = async () => readFile((await run(out, 'seed=5')).export.path)
    assert.ok((await file()).equals(await file()))
  }),
)

slow('--opset says which operators the file uses', () =>
  inScratch({}, async (out) => {
    assert.is((await run(out, '--opset', '18')).export.report.file.opset, 18)
    const { code, err } = await ashlar('run', TINY, '--opset', '99', '--out', out)
    assert.is(code, 2)
    assert.match(err, /^experiment\.export\.opset: must be an integer >= \d+ and <= \d+, got 99\n/)
  }),
)

test('export writes the file of a trained run, also elsewhere', () =>
  inScratch({}, async (out) => {
    const trained = await ashlarJson<Result>('train', TINY, '--out', out)
    const file = join(out, 'deep', 'digits.onnx')
    const { code, out: told } = await ashlar('export', trained.run, '--opset', '18', '--out', file)
    assert.is(code, 0)
    assert.ok(told.startsWith(`model     ${file} (`), told)
    assert.match(told, /opset 18/)
    assert.ok((await stat(file)).isFile())
  }))

test('verify repeats it from the file and its run alone', () =>
  inScratch({}, async (out) => {
    const { run: folder, export: exported } = await run(out)
    for (const target of [exported.path, folder, join(out, 'latest')]) {
      const { code, out: told, err } = await ashlar('verify', target)
      assert.is(code, 0, err)
      assert.is(told.split('\n')[0], `${exported.path} equals the model of ${folder}`)
      assert.match(told, /\nequal within /)
    }
    const elsewhere = join(out, 'copy.onnx')
    await copyFile(exported.path, elsewhere)
    const { report } = await ashlarJson<{ report: Verification }>(
      'verify',
      elsewhere,
      '--run',
      folder,
    )
    assert.ok(report.passed)
  }))

slow('verify and evaluate end a file at its limits', () =>
  inScratch({}, async (out) => {
    const { run: folder } = await run(out)
    for (const [limit, told] of [
      [['--timeout', '0.01'], 'must be done within 0.01 s with loading and with each batch'],
      [['--memory', '1'], 'must run in 1 MiB of memory'],
    ] as const) {
      for (const command of [
        ['verify', folder],
        ['evaluate', folder, '--on', 'onnx'],
      ]) {
        const { code, err } = await ashlar(...command, ...limit)
        assert.is(code, 1, [...command, ...limit].join(' '))
        assert.match(err, told)
      }
    }
  }),
)

slow('verify refuses a file that is not the model of its run', () =>
  inScratch({}, async (out) => {
    const first = await run(out, 'seed=1')
    const second = await run(out, 'seed=2')
    const { code, err, out: told } = await ashlar('verify', first.export.path, '--run', second.run)
    assert.is(code, 1)
    assert.is(told, '')
    assert.match(err, /must equal the model, but output output differs by/)
  }),
)

test('verify refuses what is no model, and a run that has none', () =>
  inScratch({}, async (out) => {
    const trained = await ashlarJson<Result>('train', TINY, '--out', out)
    assert.equal(await ashlar('verify', trained.run), {
      code: 1,
      out: '',
      err:
        `${trained.run}: the run must have been exported: there is no model.onnx\n` +
        `  Export it: ashlar export ${trained.run}\n`,
    })
    const file = join(trained.run, 'model.onnx')
    await writeFile(file, 'nothing of the kind')
    const { code, err } = await ashlar('verify', file)
    assert.is(code, 1)
    assert.ok(err.startsWith(`${file}: `), err)
    assert.not.match(err, /\n {4}at /)
  }))

test.run()
