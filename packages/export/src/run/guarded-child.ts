// The process that a stranger's file runs in. It may be killed at any time.

import { Worker } from 'node:worker_threads'
import { EngineError } from '@ashlar/errors'
import * as ort from 'onnxruntime-node'
import type { GuardedAnswer, GuardedRequest } from './guarded-messages.ts'
import { outputNamesOf, runForTexts, runSession } from './session.ts'

/**
 * A thread of its own, as a file that runs blocks the main one. It ends the process when that holds too much memory, and when the one that
 * asked is gone. Code in a text, because loaders of TypeScript do not reach into threads.
 */
const WATCH = `
const { parentPort, workerData: { most, parent, marker } } = require('node:worker_threads')
const { writeSync } = require('node:fs')
const end = () => process.kill(process.pid, 'SIGKILL')
const look = () => {
  if (process.ppid !== parent) end()
  if (process.memoryUsage.rss() <= most) return
  writeSync(2, marker)
  end()
}
look()
setInterval(look, 20)
parentPort.postMessage('watching')`

const sessions = new Map<number, ort.InferenceSession>()
let watched: Promise<unknown> | undefined

async function answer(request: GuardedRequest): Promise<GuardedAnswer> {
  const { kind, id } = request
  if (kind === 'run') return { outputs: await runSession(sessions.get(id)!, request.feeds) }
  if (kind === 'texts') return { texts: await runForTexts(sessions.get(id)!, request.feeds) }
  if (kind === 'release') {
    await sessions.get(id)?.release()
    sessions.delete(id)
    return { released: true }
  }
  const { most, marker, file, settings } = request
  watched ??= new Promise((resolve, reject) => {
    const watch = new Worker(WATCH, {
      eval: true,
      workerData: { most, marker, parent: process.ppid },
    })
    watch.once('message', resolve)
    watch.once('error', reject)
    watch.unref()
  })
  await watched
  // Two overloads of one name: the bytes and the path need a call each.
  const session =
    typeof file === 'string'
      ? await ort.InferenceSession.create(file, settings)
      : await ort.InferenceSession.create(file, settings)
  sessions.set(id, session)
  const inputs = session.inputMetadata.map((each) =>
    each.isTensor
      ? { name: each.name, dtype: each.type, shape: each.shape }
      : { name: each.name, dtype: 'none', shape: [] },
  )
  return { inputs, outputNames: outputNamesOf(session, 'numbers') }
}

process.on('message', async (request: GuardedRequest) => {
  const given = await answer(request).catch((error: Error): GuardedAnswer => {
    return { error: ((error instanceof EngineError ? error.cause : error) as Error).message }
  })
  process.send!(given)
})
process.once('disconnect', () => process.exit())
