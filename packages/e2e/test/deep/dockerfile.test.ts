import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ROOT } from '../support/packages.ts'
import { run } from '../support/run.ts'

const test = suite('what the Dockerfile says')

/** The instructions of the file, each in one line. */
const instructions = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
  .split('\n')
  .filter((line) => /^[A-Z]+ /.test(line))
  .map((line): [name: string, rest: string] => {
    const [name = '', ...rest] = line.split(' ')
    return [name, rest.join(' ')]
  })

/** What follows an instruction, at its last place. */
function last(name: string): string {
  const found = instructions.findLast(([each]) => each === name)
  assert.ok(found, `there is no ${name}`)
  return found[1]
}

test('the server runs on Debian slim, and not as root', () => {
  const images = instructions.filter(([name]) => name === 'FROM').map(([, image]) => image)
  for (const image of images) assert.match(image, /^node:\d+-bookworm-slim( AS build)?$/)
  assert.is(last('USER'), 'node')
})

test('its build steps make a server that its entry point starts and its health check finds', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ashlar-image-'))
  const build = join(folder, 'build')
  const app = join(folder, 'app')
  const inFolder = (text: string) => text.replaceAll('/app', app).replaceAll('/models', models)
  const models = join(folder, 'models')
  try {
    await run('git', ['clone', '--quiet', ROOT, build], folder)
    for (const [name, step] of instructions) {
      if (name === 'RUN') await run('sh', ['-c', inFolder(step)], build)
    }
    // Nothing but the folder that is copied is there when it runs.
    rmSync(build, { recursive: true })
    const command = join(app, 'dist/bin.js')
    const trial = ['run', 'mnist-mini-resnet', 'dataset.limit=64', '--out', join(folder, 'runs')]
    await run(process.execPath, [command, ...trial], folder)
    const latest = join(folder, 'runs/latest')
    await run(process.execPath, [command, 'export', latest, '--triton', models], folder)

    const [program, ...entry] = JSON.parse(inFolder(last('ENTRYPOINT'))) as string[]
    const args = JSON.parse(inFolder(last('CMD'))) as string[]
    assert.is(program, 'node')
    const server = spawn(process.execPath, [...entry, ...args, '--port', '0'], { cwd: folder })
    const ended = new Promise<number | null>((resolve) => server.once('exit', resolve))
    try {
      const port = await listening(server.stdout)
      const [, check = ''] = /CMD (\[.*\])$/.exec(last('HEALTHCHECK')) ?? []
      const [, ...probe] = JSON.parse(check.replace(':8000/', `:${port}/`)) as string[]
      await run(process.execPath, probe, folder)
    } finally {
      server.kill(last('STOPSIGNAL') as NodeJS.Signals)
      assert.is(await ended, 0)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

/** The port that a server says it listens on. */
function listening(stdout: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    stdout.setEncoding('utf8')
    stdout.on('data', (chunk: string) => {
      text += chunk
      const port = /serving +http:\S+:(\d+)/.exec(text)?.[1]
      if (port !== undefined) resolve(port)
    })
    stdout.on('end', () => reject(new Error(`ended without serving:\n${text}`)))
  })
}

test.run()
