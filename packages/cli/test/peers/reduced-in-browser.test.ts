import { createReadStream, existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { basename, dirname, extname, join } from 'node:path'
import * as ort from 'onnxruntime-node'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlarJson } from '../support/ashlar.ts'
import { chromiumPath, startChromium } from '../support/chromium.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('reduced files in onnxruntime-web')

/** What a page is given for each file, and what it answers: an output, row by row. */
interface Fed {
  readonly file: string
  readonly input: string
  readonly dtype: 'float32' | 'int32'
  readonly shape: readonly number[]
  readonly data: readonly number[]
}

const PAGE = `<!doctype html><pre id="answer"></pre><script type="module">
import { env, InferenceSession, Tensor } from './ort.wasm.min.mjs'
env.wasm.wasmPaths = new URL('./', location.href).href
env.wasm.numThreads = 1
const arrays = { float32: Float32Array, int32: Int32Array }
const say = (text) => { document.querySelector('#answer').textContent = text }
try {
  const answers = []
  for (const { file, input, dtype, shape, data } of await (await fetch('./feeds.json')).json()) {
    const session = await InferenceSession.create('./' + file)
    const given = { [input]: new Tensor(dtype, arrays[dtype].from(data), shape) }
    const results = await session.run(given)
    answers.push(Array.from(results[session.outputNames[0]].data))
  }
  say(JSON.stringify(answers))
} catch (error) { say('Failed: ' + error) }
</script>`

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
}

/** Runs files of a folder in Chromium; gives the first output of each. */
async function inChromium(folder: string, feeds: readonly Fed[]): Promise<number[][]> {
  await writeFile(join(folder, 'index.html'), PAGE)
  await writeFile(join(folder, 'feeds.json'), JSON.stringify(feeds))
  const require = createRequire(import.meta.resolve('@ashlar/page'))
  const runtime = dirname(require.resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm'))
  const server = createServer((request, response) => {
    const name = basename(new URL(request.url!, 'http://localhost').pathname) || 'index.html'
    const path = [folder, runtime].map((each) => join(each, name)).find((each) => existsSync(each))
    if (path === undefined) return response.writeHead(404).end()
    response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' })
    return createReadStream(path).pipe(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const browser = await startChromium()
  try {
    const page = await browser.newPage()
    page.setDefaultTimeout(600_000)
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/index.html`)
    await page.waitForFunction("document.querySelector('#answer').textContent !== ''")
    const answer = (await page.textContent('#answer')) ?? ''
    assert.not.match(answer, /^Failed/)
    return JSON.parse(answer) as number[][]
  } finally {
    await browser.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

async function inNode(folder: string, { file, input, dtype, shape, data }: Fed): Promise<number[]> {
  const session = await ort.InferenceSession.create(join(folder, file))
  const arrays = { float32: Float32Array, int32: Int32Array }
  const given = new ort.Tensor(dtype, arrays[dtype].from(data) as Float32Array, [...shape])
  const results = await session.run({ [input]: given })
  const first = results[session.outputNames[0]!]!
  await session.release()
  return Array.from(first.data as Float32Array)
}

/** Squared difference of outputs as a share of their variance, and the share of rows whose largest is the same. */
function held(one: readonly number[], other: readonly number[], width: number) {
  assert.is(one.length, other.length)
  const mean = one.reduce((sum, each) => sum + each, 0) / one.length
  let [difference, variance, same] = [0, 0, 0]
  for (const [at, each] of one.entries()) {
    difference += (each - other[at]!) ** 2
    variance += (each - mean) ** 2
  }
  const best = (values: readonly number[], row: number) => {
    const part = values.slice(row * width, (row + 1) * width)
    return part.indexOf(Math.max(...part))
  }
  const rows = one.length / width
  for (let row = 0; row < rows; row++) if (best(one, row) === best(other, row)) same++
  return { noise: difference / variance, agreement: same / rows }
}

/**
 * Squared difference to Node's as a share of the variance. Halves are floats between the nodes in both. Sums of int8 differ by what a CPU adds in 16 bits where it has no VNNI, and where a
 * number lies between two steps.
 */
const NOISE = { fp16: 1e-6, int8: 1e-2, dynamic: 1e-2 } as const

const ROWS = 64

if (chromiumPath !== undefined) {
  test('fp16, int8 and dynamic give what they give in Node', () =>
    inScratch({}, async (folder) => {
      const runs = join(folder, 'runs')
      const train = async (...args: readonly string[]) =>
        (await ashlarJson<{ run: string }>('train', ...args, '--out', runs)).run
      // Small ones, trained just so that their outputs say something.
      const pictures = await train('mnist-mini-resnet', 'dataset.limit=3200', '+model.width=0.5')
      const texts = await train('text-classify', 'dataset.limit=640', 'epochs=1')
      const feeds: Fed[] = []
      const bounds: number[] = []
      for (const [run, to] of [
        [pictures, 'fp16'],
        [pictures, 'int8'],
        [texts, 'fp16'],
        [texts, 'int8'],
        [texts, 'dynamic'],
      ] as const) {
        const option = to === 'fp16' ? '--precision' : '--quantize'
        const file = `${feeds.length}.onnx`
        const out = ['--out', join(folder, file)]
        await ashlarJson('export', run, option, to, '--max-drop', '100', ...out)
        const session = await ort.InferenceSession.create(join(folder, file))
        const [input] = session.inputMetadata as readonly ort.InferenceSession.TensorValueMetadata[]
        await session.release()
        const sizes = input!.shape.slice(1) as number[]
        const count = ROWS * sizes.reduce((product, size) => product * size, 1)
        const isText = input!.type === 'int32'
        const number = (at: number) => {
          const draw = Math.abs(Math.sin(12.9898 * (at + 1)) * 43758.5453) % 1
          return isText ? Math.floor(20 * draw) : draw
        }
        feeds.push({
          ...{ file, input: input!.name, dtype: isText ? 'int32' : 'float32' },
          shape: [ROWS, ...sizes],
          data: Array.from({ length: count }, (_, at) => number(at)),
        })
        bounds.push(NOISE[to])
      }
      const answers = await inChromium(folder, feeds)
      for (const [at, fed] of feeds.entries()) {
        const node = await inNode(folder, fed)
        const { noise, agreement } = held(node, answers[at]!, node.length / ROWS)
        const said = `${fed.file}: ${noise.toExponential(1)} of the variance apart, ${agreement} agree`
        process.stdout.write(`${said}\n`)
        assert.ok(noise <= bounds[at]! && agreement >= 0.95, said)
      }
    }))
} else {
  test.skip('no Chromium: run scripts/peers/setup, or set ASHLAR_CHROMIUM')
}

test.run()
