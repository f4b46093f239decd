import type { InferenceCore } from '../core/inference-core.ts'
import { asRequestError } from '../protocol/errors.ts'
import { accountOf } from './account.ts'
import { type ModelInferRequest, readInferRequest, writeInferResponse } from './convert.ts'
import type { ServerDuplexStream } from './library.ts'

type Call = ServerDuplexStream<ModelInferRequest, object>

/**
 * Answers the requests of a stream in their order; one that fails does not end it. A request counts as under way until its answer was sent, and
 * what is under way is bounded: a client that does not read is not read either.
 */
export function streamInfer(core: InferenceCore, call: Call): void {
  const account = accountOf(call.metadata)
  let last = Promise.resolve()
  call.on('data', (request: ModelInferRequest) => {
    const answer = answerOne(core, request, () => call.cancelled)
    last = last.then(async () => {
      await send(call, await answer)
      account?.done(request)
    })
  })
  call.on('end', () => void last.then(() => call.end()))
}

/** Sends an answer, and waits until it is sent or nobody takes it any more. */
function send(call: Call, answer: object): Promise<void> {
  if (call.cancelled || call.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const settle = () => {
      call.off('cancelled', settle)
      resolve()
    }
    call.on('cancelled', settle)
    call.write(answer, settle)
  })
}

async function answerOne(
  core: InferenceCore,
  request: ModelInferRequest,
  isGone: () => boolean,
): Promise<object> {
  try {
    return {
      infer_response: writeInferResponse(await core.infer(readInferRequest(request, isGone))),
    }
  } catch (error) {
    return { error_message: asRequestError(error).message }
  }
}
