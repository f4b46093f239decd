import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { oneIn, tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson, TINY } from '../support/ashlar.ts'
import { start } from '../support/process.ts'
import { inScratch } from '../support/scratch.ts'

const { test, slow } = tieredSuite('ashlar serve')
const some = oneIn(5, { test, slow })

/** A model with a loop of as many rounds as its input `x` (INT64, [batch, 1]) says. */
const COUNTING = [
  'CAgSBHRlc3Q6tAIKJwoBeBIGcm91bmRzIglSZWR1Y2VNYXgqDwoIa2VlcGRpbXMYAKABAgrOAQoGcm91bmRzCgAKAXgSAXkiBExv',
  'b3AqtQEKBGJvZHkyqQEKGQoGYmVmb3JlEgVhZnRlciIISWRlbnRpdHkKFwoFdmFsdWUSBG5leHQiCElkZW50aXR5EgRib2R5Wg8K',
  'BXJvdW5kEgYKBAgHEgBaEAoGYmVmb3JlEgYKBAgJEgBaHAoFdmFsdWUSEwoRCAcSDQoHEgViYXRjaAoCCAFiDwoFYWZ0ZXISBgoE',
  'CAkSAGIbCgRuZXh0EhMKEQgHEg0KBxIFYmF0Y2gKAggBoAEFEgR0ZXN0WhgKAXgSEwoRCAcSDQoHEgViYXRjaAoCCAFiGAoBeRIT',
  'ChEIBxINCgcSBWJhdGNoCgIIAUIECgAQEXIRCgxhc2hsYXIuYmF0Y2gSATA=',
].join('')

slow('serves the file of a run under the name of its experiment, until SIGTERM', () =>
  inScratch({}, async (folder) => {
    const { run } = await ashlarJson<{ run: string }>('run', TINY, '--out', join(folder, 'runs'))
    const { child, seen, ended } = start(['serve', run, '--port', '0'], { cwd: folder })
    let text = ''
    child.stdout?.on('data', (chunk: string) => {
      text += chunk
    })
    await seen(/serving {3}http/)
    const [, http] = /serving {3}(\S+)/.exec(text)!
    const response = await fetch(`${http}/v2/models/tiny`)
    assert.is(response.status, 200)
    assert.is(((await response.json()) as { name: string }).name, 'tiny')
    child.kill('SIGTERM')
    const { code, out, err } = await ended
    assert.is(code, 0, err)
    assert.match(out, /^model {5}tiny version 1: READY$/m)
    assert.match(err, 'answering what is under way')
  }),
)

slow('what hangs does not keep it from ending when it was told to', () =>
  inScratch({}, async (folder) => {
    await mkdir(join(folder, 'loop/1'), { recursive: true })
    await writeFile(join(folder, 'loop/1/model.onnx'), Buffer.from(COUNTING, 'base64'))
    const args = ['serve', folder, '--port', '0', '--leave-timeout', '300']
    const { child, seen, ended } = start(args, { cwd: folder })
    const [, http] = await seen(/serving {3}(\S+)/)
    const inputs = [{ name: 'x', datatype: 'INT64', shape: [1, 1], data: [1e15] }]
    const asked = fetch(`${http}/v2/models/loop/infer`, {
      method: 'POST',
      body: JSON.stringify({ inputs }),
    }).catch(() => undefined)
    const pending = async () => {
      const stats = await fetch(`${http}/v2/models/loop/stats`)
      const { model_stats: found } = (await stats.json()) as {
        model_stats: { inference_stats: { fail: { count: number } } }[]
      }
      return found[0]!.inference_stats.fail.count
    }
    assert.is(await pending(), 0)
    await new Promise((resolve) => setTimeout(resolve, 200))
    child.kill('SIGTERM')
    const { code, err } = await ended
    assert.is(code, 0, err)
    await asked
  }),
)

slow('an empty token is an error at the start', async () => {
  for (const args of [
    ['--token', ''],
    ['--admin-port', '0', '--admin-token', ' '],
  ]) {
    const { code, err } = await ashlar('serve', 'x.onnx', ...args)
    assert.is(code, 2, err)
    assert.match(err, /oken: must be visible ASCII characters without spaces, at least one/)
  }
})

slow('a run without a file says how to get one', () =>
  inScratch({}, async (folder) => {
    const { run } = await ashlarJson<{ run: string }>('train', TINY, '--out', join(folder, 'runs'))
    const { code, err } = await ashlar('serve', run)
    assert.is(code, 1)
    assert.match(err, 'the run must have been exported: there is no model.onnx')
    assert.match(err, /Export it: ashlar export /)
  }),
)

test('a file that is no model ends the command', () =>
  inScratch({ 'model.onnx': 'version https://git-lfs.github.com/spec/v1' }, async (folder) => {
    const { code, err } = await ashlar('serve', join(folder, 'model.onnx'), '--log-level', 'silent')
    assert.is(code, 1)
    assert.match(err, 'model.onnx: must be an ONNX model')
    assert.match(err, 'It is a pointer of Git LFS')
  }))

test('a folder without a usable model ends the command', () =>
  inScratch({}, async (folder) => {
    await mkdir(join(folder, 'm/1'), { recursive: true })
    await writeFile(join(folder, 'm/1/model.onnx'), '{}')
    const { code, err } = await ashlar('serve', folder, '--log-level', 'silent')
    assert.is(code, 1)
    assert.match(err, 'its model must be usable')
    assert.match(err, 'It is a JSON document')
  }))

test('--watch and an admin port exclude each other', async () => {
  const { code, err } = await ashlar('serve', 'x', '--watch', '--admin-port', '0')
  assert.is(code, 2)
  assert.match(err, '--watch and an admin port exclude each other')
})

test('wrong options are wrong usage', async () => {
  for (const [args, told] of [
    [['x', '--port', '70000'], 'must be a number from 0 to 65535.'],
    [['x', '--max-delay', 'soon'], 'must be a number from 0.'],
    [['x', '--max-batch', '-1'], 'must be a whole number from 0.'],
    [['x', '--threads', '100000'], 'serve: threads: must be a number from 0 to 256, got 100000'],
    [['x', '--log-level', 'loud'], 'must be one of trace, debug'],
  ] as const) {
    const { code, err } = await ashlar('serve', ...args)
    assert.is(code, 2, err)
    assert.match(err, told)
  }
})

for (const option of [
  '--port',
  '--grpc-port',
  '--metrics-port',
  '--admin-port',
  '--admin-grpc-port',
]) {
  some(`${option} that is occupied: the option to change is told`, () =>
    inScratch({}, async (folder) => {
      const file = join(folder, 'model.onnx')
      await writeFile(file, Buffer.from(COUNTING, 'base64'))
      const other = createServer()
      await new Promise<void>((resolve) => {
        other.listen(0, '127.0.0.1', resolve)
      })
      try {
        const { port } = other.address() as { port: number }
        const ports = option === '--port' ? [] : ['--port', '0']
        const token = option.includes('admin') ? ['--admin-token', 'x'] : []
        const { code, err } = await ashlar(
          ...['serve', file, ...ports, ...token, option, String(port), '--log-level', 'silent'],
        )
        assert.is(code, 1, err)
        assert.match(err, `127.0.0.1:${port}, for `)
        assert.match(err, 'the port must be free, and something listens there already\n')
        assert.match(err, `  Take another: ${option} ${port + 1}; or a free one: ${option} 0.`)
      } finally {
        other.close()
      }
    }),
  )
}

const NOWHERE = 'runs/nowhere'

for (const line of [
  ...['serve', 'evaluate', 'export', 'verify', 'report', 'run', 'summary', 'train', 'config'],
  ...['overfit', 'lr-find', 'sweep', 'explain', 'run --resume', 'compare', 'tag', 'predict'],
]) {
  slow(`${line}: a path where nothing is fails as with every other command`, async () => {
    const more = { compare: ['other'], tag: ['x'], predict: ['a.png'] }[line] ?? []
    const { code, err } = await ashlar(...line.split(' '), NOWHERE, ...more)
    assert.is(code, 1, err)
    assert.match(err, /^runs\/nowhere: must be .*\n {2}There is nothing at this path\.\n$/)
  })
}

test.run()
