import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
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

/**
 * The file that a provider of this system needs and that is not installed: onnxruntime-node brings those of the CPU, and fetches CUDA's by a script that may not
 * have run. Undefined where nothing is missing.
 */
export function missingLibrary(provider: string): string | undefined {
  const isBundled = ort.listSupportedBackends().find(({ name }) => name === provider)?.bundled
  if (isBundled !== false) return undefined
  const folder = binaryFolder()
  const [before, end] = process.platform === 'win32' ? ['', 'dll'] : ['lib', 'so']
  const file = `${before}onnxruntime_providers_${provider}.${end}`
  // Where nobody knows, it is left to onnxruntime.
  return folder !== undefined && !existsSync(join(folder, file)) ? file : undefined
}

/** Where the binary that was loaded lies, with its libraries beside it: that of this package, or of the project itself. */
function binaryFolder(): string | undefined {
  const loaded = Object.keys(createRequire(import.meta.url).cache)
  const binding = loaded.find((path) => basename(path) === 'onnxruntime_binding.node')
  return binding === undefined ? undefined : dirname(binding)
}

function requireOffered(providers: readonly string[]): void {
  const offered = offeredProviders()
  const unknown = providers.find((provider) => !offered.includes(provider))
  if (unknown !== undefined) {
    throw new EngineError(unknownName('engine.providers', 'execution provider', unknown, offered))
  }
  for (const provider of providers) {
    const file = missingLibrary(provider)
    // onnxruntime would print a page.
    if (file === undefined) continue
    throw new EngineError({
      where: 'engine.providers',
      expected: `the libraries of ${provider} must be installed: ${file} is not there`,
      hint: 'Fetch them with: npm install onnxruntime-node@1.30.0 --onnxruntime-node-install=cuda12. The CPU is always there: leave `providers` out.',
    })
  }
}
