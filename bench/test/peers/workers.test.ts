import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onnx } from '@ashlar/graph'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { engines as exporters } from '../../src/export/engines.ts'
import type { Timed, Versions } from '../../src/export/protocol.ts'
import { works as exportWorks } from '../../src/export/work.ts'
import { pythonWorker } from '../../src/harness/commands.ts'
import type { Measured } from '../../src/harness/repeat.ts'
import { Worker } from '../../src/harness/worker.ts'
import { writeData } from '../../src/train/data/files.ts'
import { engines as trainers } from '../../src/train/engines.ts'
import type { MemoryUse, Prepared } from '../../src/train/protocol.ts'
import { workOf } from '../../src/train/work.ts'
import { declarationOf } from '../../src/train/works/index.ts'

/** A Python that may have what bench/setup installs. */
const python = process.env.ASHLAR_PYTHON ?? 'python3'

const test = suite<{ folder: string }>("the bench's workers in Python")

test.before.each(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'ashlar-bench-'))
})
test.after.each(({ folder }) => rm(folder, { recursive: true, force: true }))

/** Registers a case, or says why it cannot run. */
function offer(
  name: string,
  missing: string | undefined,
  body: (context: { folder: string }) => Promise<void>,
): void {
  if (missing === undefined) return void test(name, body)
  process.stdout.write(`skipped: ${name}: ${missing}\n`)
  test.skip(name)
}

const miniResnet = declarationOf('mini-resnet')

// What a worker for any library is made of needs Python alone.
const hasPython = spawnSync(python, ['-c', ''], { stdio: 'ignore' }).status === 0
offer(
  'what they share: requests in turn, errors with their trace, prints kept out of the way',
  hasPython ? undefined : `there is no ${python}`,
  async ({ folder }) => {
    const file = join(folder, 'worker.py')
    const program = `import common
def double(request):
    print("printed on the way")
    return {"doubled": 2 * request["value"]}
common.serve_requests({"double": double})`
    await writeFile(file, program)
    const worker = new Worker('shared', pythonWorker(python, new URL(`file://${file}`)))
    try {
      assert.equal(await worker.call('double', { value: 4 }), { doubled: 8 })
      await assertRejects(worker.call('double'), /KeyError: 'value'/)
      await assertRejects(worker.call('halve'), /KeyError: 'halve'/)
      assert.equal(await worker.call('double', { value: 1 }), { doubled: 2 })
    } finally {
      await worker.end()
    }
  },
)

for (const engine of trainers) {
  const places = { python, tfjsNode: '' }
  // One step of a compiled network takes a minute.
  if (engine.command(places).command !== python || engine.variant === 'compile') continue
  for (const mode of ['training', 'inference'] as const) {
    const work = workOf(miniResnet, mode, { batch: 2 })
    if (!engine.takes(work)) continue
    const name = `${engine.name}: a step of ${mode}, and two more`
    offer(name, await engine.missing(places), async ({ folder }) => {
      const worker = new Worker(engine.name, engine.command(places))
      try {
        const { version } = await worker.call<Prepared>('prepare', {
          work,
          threads: 1,
          data: await writeData(await miniResnet.data(miniResnet.sizes, 4), folder),
          variant: engine.variant ?? '',
        })
        assert.match(version, /\d+\.\d+/)
        for (let turn = 0; turn < 2; turn++) {
          const { images, seconds } = await worker.call<Measured>('measure', { seconds: 0 })
          assert.is(images, 2)
          assert.ok(seconds > 0)
        }
        assert.ok((await worker.call<MemoryUse>('memory')).peak > 10)
      } finally {
        await worker.end()
      }
    })
  }
}

for (const engine of exporters) {
  if (engine.command(python).command !== python) continue
  const works = exportWorks.filter((work) => work.model === 'mini-resnet' && engine.takes(work))
  for (const work of works) {
    const name = `${engine.name}: export of ${work.name}`
    offer(name, await engine.missing(python), async ({ folder }) => {
      const worker = new Worker(engine.name, engine.command(python))
      try {
        const network = workOf(declarationOf(work.model), 'inference')
        const request = { work, network, threads: 1, variant: engine.variant }
        assert.match((await worker.call<Versions>('build', request)).version, /\d+\.\d+/)
        const path = join(folder, 'model.onnx')
        assert.ok((await worker.call<Timed>('export', { path })).seconds > 0)
        const { graph } = onnx.ModelProto.decode(await readFile(path))
        const [image] = graph!.input!
        const sizes = image!.type!.tensorType!.shape!.dim!.map(({ dimValue }) => Number(dimValue))
        const wanted = work.layout === 'nhwc' ? [28, 28, 1] : [1, 28, 28]
        assert.equal(sizes.slice(1), wanted, 'takes images as asked')
        const softmax = graph!.node!.filter(({ opType }) => opType === 'Softmax').length
        assert.is(softmax, work.output === 'probabilities' ? 1 : 0)
      } finally {
        await worker.end()
      }
    })
  }
}

async function assertRejects(call: Promise<unknown>, expected: RegExp): Promise<void> {
  const message = await call.then(
    () => 'no error',
    (error: Error) => error.message,
  )
  assert.match(message, expected)
}

test.run()
