import { execFile, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import type { Addresses } from '../../src/index.ts'
import { doubling, identity, sumAndDifference } from '../support/onnx-models.ts'
import { type Started, startServer } from '../support/server.ts'

/** A Python that has the packages `tritonclient[http,grpc]` and `schemathesis`. */
const python = process.env.ASHLAR_PYTHON ?? 'python3'

const has = (name: string) => spawnSync(python, ['-c', `import ${name}`]).status === 0
const run = promisify(execFile)
const test = suite('clients of others')

let started: Started
let addresses: Addresses

test.before(async () => {
  started = await startServer(
    {
      'simple/1/model.onnx': sumAndDifference(),
      'text/1/model.onnx': identity('STRING', ['batch', 2]),
      'half/1/model.onnx': identity('FLOAT16', ['batch', 2]),
      'long/1/model.onnx': identity('INT64', ['batch', 2]),
      'wide/1/model.onnx': identity('DOUBLE', ['batch', 2]),
      'bool/1/model.onnx': identity('BOOL', ['batch', 2]),
      'picture/1/model.onnx': identity('FLOAT', ['batch', 224, 224, 3]),
      'pixels/1/model.onnx': identity('UINT8', ['batch', 224, 224, 3]),
    },
    {
      grpcPort: 0,
      control: 'explicit',
      adminPort: 0,
      adminGrpcPort: 0,
      adminToken: 'secret',
    },
  )
  addresses = await started.server.listen()
})

test.after(() => started.stop())

for (const kind of ['http', 'grpc'] as const) {
  const name = `tritonclient over ${kind}`
  if (!has(`tritonclient.${kind}`)) {
    test.skip(`${name}: ${python} has no tritonclient[${kind}]`, () => undefined)
    continue
  }
  test(name, async () => {
    const script = fileURLToPath(new URL('triton_client.py', import.meta.url))
    const bare = (address: string | undefined) => address!.replace('http://', '')
    const [own, admin] =
      kind === 'http' ? [addresses.http, addresses.admin] : [addresses.grpc, addresses.adminGrpc]
    const file = started.folder.write('sent.onnx', doubling())
    const args = [script, kind, bare(own), bare(admin), 'secret', file]
    const { stdout } = await run(python, args)
    const seen = JSON.parse(stdout)
    for (const flag of ['live', 'ready', 'model_ready', 'version_ready', 'counts', 'batched']) {
      assert.is(seen[flag], true, flag)
    }
    assert.is(seen.server, 'ashlar')
    assert.equal(seen.inputs, [
      ['a', 'INT32', [-1, 4]],
      ['b', 'INT32', [-1, 4]],
    ])
    assert.equal(seen.config, [64, 'TYPE_INT32', [4]])
    assert.ok(
      ['simple', 'text', 'half', 'long', 'wide', 'bool'].every((own) => seen.index.includes(own)),
    )
    assert.is(seen.id, 'r2')
    assert.is(seen.pictures, 2)
    assert.equal(seen.classes, ['6:3', '5:2', '10:3', '9:2'])
    const codes =
      kind === 'http'
        ? { bad: '400', missing: '404', forbidden: '403', unknown: '401' }
        : {
            bad: 'StatusCode.INVALID_ARGUMENT',
            missing: 'StatusCode.NOT_FOUND',
            forbidden: 'StatusCode.PERMISSION_DENIED',
            unknown: 'StatusCode.UNAUTHENTICATED',
          }
    assert.equal(seen.missing, {
      message: 'model "simple": the request must have the input "b"',
      status: codes.bad,
    })
    assert.is(seen.unknown.status, codes.missing)
    assert.is(seen.no_control.status, codes.forbidden)
    assert.is(seen.no_token.status, codes.unknown)
    assert.equal([seen.unloaded, seen.loaded, seen.sent, seen.still], [false, true, true, true])
    assert.is(seen.bad_file.status, codes.bad)
    assert.match(seen.bad_file.message, 'It is a ZIP archive')
  })
}

const fuzz = 'schemathesis: requests made from the OpenAPI file, good and bad'
if (!has('schemathesis')) {
  test.skip(`${fuzz}: ${python} has no schemathesis`, () => undefined)
} else {
  test(fuzz, async () => {
    const document = parse(readFileSync(new URL('../../openapi.yaml', import.meta.url), 'utf8'))
    // Names that are there, or every request would end at 404; and bodies that nobody compresses.
    const { parameters } = document.components
    parameters.model.schema.enum = ['simple', 'text', 'none']
    parameters.version.schema.enum = ['1', '2']
    parameters.contentEncoding.schema.enum = ['identity']
    const file = started.folder.write('openapi.json', JSON.stringify(document))
    const args = [
      ...['-m', 'schemathesis.cli', 'run', file, '--url', addresses.http, '--seed', '7'],
      // What fits the file need not fit the model: that is 400 and no failure.
      ...['--exclude-checks', 'positive_data_acceptance'],
      ...[
        '--max-examples',
        '60',
        '--no-color',
        '--workers',
        '1',
        '--phases',
        'examples,coverage,fuzzing',
      ],
    ]
    const cwd = started.folder.path
    const { stdout } = await run(python, args, { cwd, maxBuffer: 2 ** 26 }).catch(
      (error: { stdout: string; stderr: string }) => {
        throw new Error(`${error.stdout}${error.stderr}`.slice(-20_000))
      },
    )
    const [, count] = /(\d+) generated/.exec(stdout)!
    assert.ok(Number(count) > 500, stdout)
    assert.is((await fetch(`${addresses.http}/v2/health/live`)).status, 200)
  })
}

test.run()
