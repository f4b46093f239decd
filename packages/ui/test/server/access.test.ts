import { request } from 'node:http'
import { inScratch } from '@ashlar/test-support'
import { startUi, type Ui } from '@ashlar/ui/server'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ask, makeRunFolder, tell, withUi } from '../support/runs.ts'

const test = suite('who is let in')

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** A request with the headers that are given alone: fetch sets Host itself. */
function raw(
  { port }: Pick<Ui, 'port'>,
  path: string,
  headers: Readonly<Record<string, string>>,
  method = 'GET',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ port, path, headers, method }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, body }),
      )
    })
    asked.on('error', reject)
    asked.end()
  })
}

const inFolder = (fn: (ui: Ui, folder: string) => Promise<void>) =>
  inScratch({}, async (folder) => {
    await makeRunFolder(`${folder}/run`)
    await withUi(folder, (ui) => fn(ui, folder))
  })

const PATHS = [
  '/',
  '/app.js',
  '/style.css',
  '/api/runs',
  '/api/events',
  '/api/runs/run',
  '/nothing',
]

test('without the token nothing is there, whatever is sent in its place', () =>
  inFolder(async (ui) => {
    const host = `127.0.0.1:${ui.port}`
    const wrong = ui.token.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
    for (const headers of [
      { host },
      { host, authorization: `Bearer ${wrong}` },
      { host, authorization: ui.token },
      { host, cookie: `ashlar-ui-${ui.port}=${wrong}` },
      { host, cookie: `ashlar-ui-${ui.port + 1}=${ui.token}` },
      { host, cookie: `ashlar-ui-${ui.port}=` },
    ]) {
      for (const path of PATHS) {
        const { status, body } = await raw(ui, path, headers)
        assert.is(status, 401, `${path} ${JSON.stringify(headers)}`)
        assert.match(body, 'Open the address that `ashlar ui` printed')
      }
      assert.is((await raw(ui, '/api/runs/run/stop', headers, 'POST')).status, 401)
    }
    assert.is((await raw(ui, `/?token=${wrong}`, { host })).status, 401)
  }))

test('the address lets a browser in: a cookie, and an address without the token', () =>
  inFolder(async (ui) => {
    assert.match(ui.token, /^[\w-]{32}$/)
    const host = `127.0.0.1:${ui.port}`
    const { pathname, search } = new URL(ui.address)
    const { status, headers, body } = await raw(ui, pathname + search, { host })
    assert.is(status, 200)
    assert.match(body, 'http-equiv="refresh" content="0;url=/"')
    assert.not.match(body, ui.token)
    await ui.entered
    const [cookie] = headers['set-cookie'] as string[]
    assert.match(cookie!, /; HttpOnly; SameSite=Strict/)
    const [pair] = cookie!.split(';')
    for (const path of PATHS.slice(0, 4)) {
      const { status } = await raw(ui, path, { host, cookie: `other=1; ${pair}` })
      assert.is(status, 200, path)
    }
  }))

test('by another name than its own, or another port, it is refused, token or not (DNS rebinding)', () =>
  inFolder(async (ui) => {
    const authorization = `Bearer ${ui.token}`
    for (const host of [
      'evil.example',
      `evil.example:${ui.port}`,
      `127.0.0.1.evil.example:${ui.port}`,
      `localhost.evil.example:${ui.port}`,
      `127.0.0.1:${ui.port + 1}`,
      '127.0.0.1',
    ]) {
      const { status, body } = await raw(ui, '/api/runs', { host, authorization })
      assert.is(status, 403, host)
      assert.match(body, 'Host: must be a name of this page')
    }
    for (const name of ['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]']) {
      const { status } = await raw(ui, '/api/runs', { host: `${name}:${ui.port}`, authorization })
      assert.is(status, 200, name)
    }
  }))

test('what another page sends is refused, with the cookie too', () =>
  inFolder(async (ui) => {
    for (const origin of ['http://evil.example', 'null', `http://localhost:${ui.port}`]) {
      const answer = await tell(ui, '/api/runs/run/notes', { add: ['x'] }, { origin })
      assert.is(answer.status, 403, origin)
    }
    // A form of another page can send text, and no JSON.
    const form = await ask(ui, '/api/runs/run/notes', {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: '{"add":["x"]}',
    })
    assert.is(form.status, 415)
    const own = `http://127.0.0.1:${ui.port}`
    assert.is((await tell(ui, '/api/runs/run/notes', { add: ['x'] }, { origin: own })).status, 200)
  }))

test('nothing is loaded from elsewhere, framed, kept or guessed', () =>
  inFolder(async (ui) => {
    for (const path of ['/', '/app.js', '/api/runs']) {
      const { headers } = await ask(ui, path)
      const policy = headers.get('content-security-policy') ?? ''
      assert.match(policy, /^default-src 'none'; script-src 'self'; /)
      assert.match(policy, "frame-ancestors 'none'")
      assert.not.match(policy, 'unsafe')
      assert.is(headers.get('x-content-type-options'), 'nosniff')
      assert.is(headers.get('cache-control'), 'no-store')
    }
    const page = await (await ask(ui, '/')).text()
    assert.not.match(page, /https?:\/\//)
  }))

test('an address that others could reach is refused; the port of another has a way out', () =>
  inFolder(async (ui, folder) => {
    for (const host of ['0.0.0.0', '::', '192.168.1.7', 'example.org', '']) {
      await startUi({ folder, host }).then(
        () => assert.unreachable(host),
        (error: Error) =>
          assert.match(error.message, /--host: must be an address of this machine alone/),
      )
    }
    await startUi({ folder, port: ui.port }).then(
      () => assert.unreachable(),
      (error: Error) => {
        assert.match(error.message, `127.0.0.1:${ui.port}: the port must be free`)
        assert.match(error.message, 'leave --port out')
      },
    )
    await startUi({ folder: `${folder}/nowhere` }).then(
      () => assert.unreachable(),
      (error: Error) =>
        assert.match(
          error.message,
          /must be a folder of runs\n {2}There is nothing at this path\. .*ashlar ui FOLDER/,
        ),
    )
  }))

test.run()
