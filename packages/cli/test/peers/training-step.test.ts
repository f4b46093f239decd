import { execFile, spawnSync } from 'node:child_process'
import { createReadStream, existsSync, symlinkSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { dirname, extname, join, normalize } from 'node:path'
import { promisify } from 'node:util'
import { decodeSafetensors } from '@ashlar/core'
import { sampled } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlarJson, TINY } from '../support/ashlar.ts'
import { chromiumPath, startChromium } from '../support/chromium.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('a training step as files')
const some = sampled(2, test)

const python = process.env.ASHLAR_PYTHON ?? 'python3'
const has = (program: string, modules: string) =>
  spawnSync(program, ['-c', `import ${modules}`]).status === 0
const run = promisify(execFile)

const STEPS = 50
/** What losses may differ by between builds of onnxruntime. Small batches make more of rounding: with 16 rows instead of 64 it grows tenfold in these steps. */
const CLOSE = 1e-4

/** Experiments whose step is made in three places. */
const FIFTY: Readonly<Record<string, readonly string[]>> = {
  'a residual network': [
    ...['mnist-mini-resnet', 'dataset.limit=3200', 'optimizer=sgd'],
    'optimizer.learningRate=0.001',
  ],
  'a transformer by Adam and one-cycle, with dropout': [
    ...['text-classify', 'epochs=2', 'model.dropout=0.1'],
  ],
  'a recurrent network by Adam': ['remember-waves', 'epochs=1'],
}

/** What a program printed, step by step. */
function lossesIn(text: string): number[] {
  return [...text.matchAll(/^step \d+ loss (\S+)$/gm)].map(([, loss]) => Number(loss))
}

/** Trains an experiment and writes its training step. */
async function stepOf(folder: string, args: readonly string[], options: readonly string[] = []) {
  const runs = join(folder, 'runs')
  const { run: trained } = await ashlarJson<{ run: string }>('train', ...args, '--out', runs)
  const step = join(folder, 'step')
  await ashlarJson('export', trained, '--training-step', step, ...options)
  return step
}

/** Puts onnxruntime-node where a program in the folder finds it, as npm would. */
async function withRuntime(folder: string): Promise<void> {
  const require = createRequire(import.meta.resolve('@ashlar/export'))
  const own = dirname(require.resolve('onnxruntime-node/package.json'))
  await mkdir(join(folder, 'node_modules'), { recursive: true })
  symlinkSync(own, join(folder, 'node_modules', 'onnxruntime-node'))
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
}

/** Opens the page of a training step in Chromium; gives what it shows. */
async function inChromium(folder: string, steps: number): Promise<string> {
  const server = createServer((request, response) => {
    const path = join(folder, normalize(new URL(request.url!, 'http://localhost').pathname))
    if (!existsSync(path)) return response.writeHead(404).end()
    response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' })
    return createReadStream(path).pipe(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const browser = await startChromium()
  try {
    const page = await browser.newPage()
    page.setDefaultTimeout(600_000)
    const elsewhere: string[] = []
    page.on('request', (request) => {
      if (!request.url().startsWith(address) && !request.url().startsWith('blob:')) {
        elsewhere.push(request.url())
      }
    })
    await page.goto(`${address}/train.html?steps=${steps}`)
    await page.waitForFunction(
      "/^(Done|Failed)/.test(document.querySelector('#status').textContent)",
    )
    assert.is(await page.textContent('#status'), 'Done')
    assert.equal(elsewhere, [])
    return (await page.textContent('#losses')) ?? ''
  } finally {
    await browser.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

function areClose(one: readonly number[], other: readonly number[]): void {
  assert.is(one.length, STEPS)
  assert.is(other.length, STEPS)
  const apart = one.map((loss, step) => Math.abs(loss - other[step]!) / Math.max(1, Math.abs(loss)))
  assert.ok(
    Math.max(...apart) <= CLOSE,
    `${Math.max(...apart)} at step ${apart.indexOf(Math.max(...apart)) + 1}`,
  )
}

if (has(python, 'numpy, onnxruntime')) {
  for (const [name, args] of Object.entries(FIFTY)) {
    some(`50 steps of ${name} give the same losses in Python, Node and Chromium`, () =>
      inScratch({}, async (folder) => {
        const step = await stepOf(folder, args)
        await withRuntime(step)
        const steps = ['--steps', String(STEPS)]
        const inPython = lossesIn((await run(python, [join(step, 'train.py'), ...steps])).stdout)
        const inNode = lossesIn(
          (await run(process.execPath, [join(step, 'train.mjs'), ...steps])).stdout,
        )
        // Each step sees other samples, by other weights.
        assert.ok(new Set(inPython).size > STEPS / 2)
        areClose(inPython, inNode)
        if (chromiumPath === undefined) process.stdout.write('no Chromium: Python and Node alone\n')
        else areClose(inPython, lossesIn(await inChromium(step, STEPS)))
      }),
    )
  }

  some('a training that is stopped and goes on is the one that was not stopped', () =>
    inScratch({}, async (folder) => {
      const step = await stepOf(folder, [TINY])
      await withRuntime(step)
      const state = (name: string) => join(folder, name)
      const python3 = (...args: string[]) => run(python, [join(step, 'train.py'), ...args])
      const whole = lossesIn((await python3('--steps', '20', '--out', state('whole'))).stdout)
      const first = lossesIn((await python3('--steps', '8', '--out', state('half'))).stdout)
      const node = [
        join(step, 'train.mjs'),
        '--steps',
        '12',
        '--state',
        state('half'),
        '--out',
        state('rest'),
      ]
      const rest = lossesIn((await run(process.execPath, node)).stdout)
      assert.is(rest.length, 12)
      for (const [index, loss] of [...first, ...rest].entries()) {
        assert.ok(Math.abs(loss - whole[index]!) <= 1e-5)
      }
      await sameWeights(state('whole'), state('rest'), 1e-5)
    }),
  )
} else {
  test.skip(`${python} has no numpy and onnxruntime: run scripts/peers/setup, or set ASHLAR_PYTHON`)
}

async function sameWeights(one: string, other: string, close: number): Promise<void> {
  const [first, second] = await Promise.all(
    [one, other].map(async (path) => decodeSafetensors(await readFile(path), path).tensors),
  )
  assert.equal([...first!.keys()], [...second!.keys()])
  for (const [name, { data }] of first!) {
    const others = second!.get(name)!.data
    const far = Math.max(0, ...Array.from(data, (each, at) => Math.abs(each - others[at]!)))
    assert.ok(far <= close, `${name} ${far}`)
  }
}

if (has(python, 'numpy, onnxruntime, torch')) {
  for (const optimizer of ['adam', 'sgd']) {
    some(
      `two processes on half batches end with the weights of one on whole batches: ${optimizer}`,
      () =>
        inScratch({}, async (folder) => {
          const step = await stepOf(folder, [TINY, `optimizer=${optimizer}`], ['--split'])
          const out = (name: string) => ['--steps', '20', '--out', join(folder, name)]
          await run(python, [join(step, 'train.py'), ...out('one')])
          const launcher = ['-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', '2']
          const env = { ...process.env, OMP_NUM_THREADS: '1' }
          const both = [...launcher, join(step, 'train_ddp.py'), ...out('two'), '--threads', '1']
          await run(python, both, { env })
          await sameWeights(join(folder, 'one'), join(folder, 'two'), 1e-5)
          const alone = [...launcher.slice(0, -1), '1', join(step, 'train_ddp.py'), ...out('parts')]
          await run(python, alone, { env })
          await sameWeights(join(folder, 'one'), join(folder, 'parts'), 1e-5)
          const three = [...launcher.slice(0, -1), '3', join(step, 'train_ddp.py')]
          const refused = await run(python, three, { env }).catch(
            (error: { stderr: string }) => error,
          )
          assert.match(refused.stderr, 'cannot be shared by 3 processes')
        }),
    )
  }
} else {
  test.skip(
    `${python} has no numpy, onnxruntime and torch: run scripts/peers/setup, or set ASHLAR_PYTHON`,
  )
}

test.run()
