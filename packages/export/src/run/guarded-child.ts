// The process that a stranger's file runs in. It may be killed at any time.

import { watchThisProcess } from '@ashlar/core/processes'
import { EngineError } from '@ashlar/errors'
import * as ort from 'onnxruntime-node'
import type { GuardedAnswer, GuardedRequest } from './guarded-messages.ts'
import { outputNamesOf, runForTexts, runSession } from './session.ts'

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
  const { most, file, settings } = request
  watched ??= watchThisProcess({ parent: Number(process.argv[2]), most })
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
