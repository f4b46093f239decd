import { spawn } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { DataError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkDigest, sha256 } from '../../src/files/pinned-digest.ts'
import {
  folderSource,
  mirrorSource,
  packageSource,
  type SourceFile,
} from '../../src/files/sources.ts'
import { rejects } from '../support/errors.ts'
import { withServer } from '../support/file-server.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const contents = Buffer.from('the contents')
const file: SourceFile = {
  name: 'some-idx1-ubyte',
  bytes: contents.length,
  check: (bytes, where) => checkDigest(bytes, sha256(contents), where),
}
const serve =
  (bytes: Uint8Array): RequestListener =>
  (_, response) =>
    response.end(bytes)

/** Runs an action with an empty cache; gives it the folder of the data set `tiny` in there. */
function withCache(action: (folder: string) => Promise<void>): Promise<void> {
  return withTempFolder(async (home) => {
    const saved = process.env.ASHLAR_HOME
    process.env.ASHLAR_HOME = home
    try {
      await action(join(home, 'datasets', 'tiny'))
    } finally {
      if (saved === undefined) delete process.env.ASHLAR_HOME
      else process.env.ASHLAR_HOME = saved
    }
  })
}

const test = suite('file sources')

for (const [name, bytes] of [
  ['some-idx1-ubyte', contents],
  ['some.idx1-ubyte', contents],
  ['some-idx1-ubyte.gz', gzipSync(contents)],
  ['some.idx1-ubyte.gz', gzipSync(contents)],
] as const) {
  test(`a folder may call the file ${name}`, () =>
    withTempFolder(async (folder) => {
      await writeFile(join(folder, name), bytes)
      assert.equal(await folderSource(folder)(file), contents)
    }))
}

test('a folder without the file is an error that shows the names and the hint', () =>
  withTempFolder(async (folder) => {
    await rejects(
      () => folderSource(folder, 'Get it.')(file),
      DataError,
      `${folder}: must contain some-idx1-ubyte, some.idx1-ubyte, some-idx1-ubyte.gz or some.idx1-ubyte.gz\n  Get it.`,
    )
    await rejects(
      () => folderSource(join(folder, 'none'))(file),
      DataError,
      `${join(folder, 'none')}: must be readable (no such file or directory)`,
    )
  }))

test('a folder with a wrong file is an error that names it', () =>
  withTempFolder(async (folder) => {
    await writeFile(join(folder, file.name), 'The contents')
    await rejects(
      () => folderSource(folder)(file),
      DataError,
      new RegExp(
        `^${join(folder, file.name)}: the contents must have the SHA-256 ${sha256(contents)}, got`,
      ),
    )
  }))

test('a package that is not installed is an error with the command', async () => {
  const source = packageSource({
    name: '@ashlar-test/none',
    version: '1.2.3',
    folder: 'data',
    from: import.meta.url,
  })
  await rejects(
    () => source(file),
    DataError,
    '@ashlar-test/none: the npm package with the files must be installed\n  Run: npm install @ashlar-test/none@1.2.3',
  )
})

test('a mirror fills the cache, which is used from then on', () =>
  withCache(async (folder) => {
    const asked: (string | undefined)[] = []
    await withServer(
      (request, response) => {
        asked.push(request.url)
        response.end(gzipSync(contents))
      },
      async (address) => {
        const source = mirrorSource('tiny', [`${address}sub`])
        assert.equal(await source(file), contents)
        assert.equal(await source(file), contents)
      },
    )
    assert.equal(asked, ['/sub/some-idx1-ubyte.gz'])
    assert.equal(await readdir(folder), [file.name])
    assert.equal(await readFile(join(folder, file.name)), contents)
  }))

test('the next mirror is asked when one fails', () =>
  withCache(async () => {
    await withServer(
      (request, response) => {
        if (request.url?.startsWith('/bad/')) response.writeHead(404).end()
        else response.end(gzipSync(contents))
      },
      async (address) => {
        assert.equal(await mirrorSource('tiny', [`${address}bad`, address])(file), contents)
      },
    )
  }))

test('every failure is listed, and nothing is cached', () =>
  withCache(async (folder) => {
    await withServer(
      (request, response) => {
        if (request.url?.startsWith('/a/')) response.writeHead(403).end()
        else if (request.url?.startsWith('/b/')) response.end(gzipSync('The contents'))
        else response.end(gzipSync(contents).subarray(0, 20))
      },
      async (address) => {
        const url = (mirror: string) => `${address}${mirror}/some-idx1-ubyte.gz`
        await rejects(
          () =>
            mirrorSource(
              'tiny',
              ['a', 'b', 'c'].map((mirror) => address + mirror),
            )(file),
          DataError,
          [
            'tiny: some-idx1-ubyte must be on one of the mirrors; what each answered:',
            `  - ${url('a')}: must answer 200, got 403 Forbidden`,
            `  - ${url('b')}: the contents must have the SHA-256 ${sha256(contents)}, got "${sha256(Buffer.from('The contents'))}"`,
            '      The file is damaged, was changed, or is another one of the same shape: get it again.',
            `  - ${url('c')}: must be a whole gzip file (unexpected end of file)`,
            '      The file is damaged or cut short: get it again.',
            '  Without a network, give `folder` the path of a folder that holds the files.',
          ].join('\n'),
        )
      },
    )
    assert.equal(await readdir(join(folder, '..')).catch(() => 'no folder'), 'no folder')
  }))

test('a damaged file in the cache is fetched again', () =>
  withCache(async (folder) => {
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, file.name), 'the cont')
    await withServer(serve(contents), async (address) => {
      assert.equal(await mirrorSource('tiny', [address])(file), contents)
    })
    assert.equal(await readFile(join(folder, file.name)), contents)
    await writeFile(join(folder, file.name), 'the cont')
    await rejects(
      () => mirrorSource('tiny', [])(file),
      DataError,
      new RegExp(`what each answered:\n {2}- ${join(folder, file.name)}: the contents must have`),
    )
  }))

test('a process that is killed while it downloads leaves nothing', () =>
  withCache(async (folder) => {
    await withServer(
      (_, response) => {
        response.writeHead(200).write(gzipSync(contents).subarray(0, 20))
        child?.kill('SIGKILL')
      },
      async (address) => {
        const sources = new URL('../../src/files/sources.ts', import.meta.url).href
        const script = `
          const { mirrorSource } = await import(${JSON.stringify(sources)})
          await mirrorSource('tiny', [${JSON.stringify(address)}])({ name: 'f', bytes: 12, check() {} })`
        child = spawn(
          process.execPath,
          [...process.execArgv, '--input-type=module', '-e', script],
          { stdio: 'ignore' },
        )
        const signal = await new Promise((ended) => child!.on('exit', (_, name) => ended(name)))
        assert.is(signal, 'SIGKILL')
      },
    )
    assert.equal(await readdir(folder).catch(() => []), [])
  }))
let child: ReturnType<typeof spawn> | undefined

test.run()
