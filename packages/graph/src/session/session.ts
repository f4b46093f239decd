import { EngineError, unknownName } from '@ashlar/errors'
import * as ort from 'onnxruntime-node'
import { type SessionOptions, sessionSettings } from './session-settings.ts'

export { type SessionOptions, sessionSettings }

/**
 * An onnxruntime session for the bytes of an ONNX model, or for a file; one with external data must be a file.
 *
 * @throws EngineError for a provider that onnxruntime-node does not have on this system, and with onnxruntime's reason when the model or a provider is
 * refused.
 */
export async function createSession(
  model: Uint8Array | string,
  options: SessionOptions = {},
): Promise<ort.InferenceSession> {
  const providers = options.providers ?? ['cpu']
  requireOffered(providers)
  try {
    const settings = sessionSettings(options)
    // Two overloads of one name: the bytes and the path need a call each.
    return typeof model === 'string'
      ? await ort.InferenceSession.create(model, settings)
      : await ort.InferenceSession.create(model, settings)
  } catch (cause) {
    throw new EngineError({
      where: 'onnxruntime',
      expected: `a session on ${providers.join(', ')} must start`,
      hint: reasonOf(cause, providers),
      cause,
    })
  }
}

/** onnxruntime's reason in a line; of a provider that lacks its libraries it prints pages. */
function reasonOf(cause: unknown, providers: readonly string[]): string {
  const [first = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n')
  const short = first.length > LONGEST ? `${first.slice(0, LONGEST)} ...` : first
  if (providers.every((each) => each === 'cpu')) return short
  return `${short}\n  Its libraries or its device may be missing. The CPU is always there: leave \`providers\` out.`
}

/** Of a reason. */
const LONGEST = 300

/** Names of the execution providers that the installed onnxruntime-node has for this system. */
export function offeredProviders(): string[] {
  return ort.listSupportedBackends().map(({ name }) => name)
}

function requireOffered(providers: readonly string[]): void {
  const offered = offeredProviders()
  const unknown = providers.find((provider) => !offered.includes(provider))
  if (unknown === undefined) return
  throw new EngineError(unknownName('engine.providers', 'execution provider', unknown, offered))
}
