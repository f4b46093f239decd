import { reasonOf } from '../effects/reason.ts'
import type { RunCommand } from '../effects/run-command.ts'

const TIMEOUT_MS = 120_000

/**
 * Loads the binding and multiplies two matrices with it. Plain CommonJS given to `node -e`, so that it needs no loader and a
 * crash ends another process than this one.
 */
const PROBE = `
const module_ = { exports: {} }
process.dlopen(module_, process.argv[1])
const b = module_.exports
const matrix = (values) => b.createTensor([2, 2], b.TF_FLOAT, Float32Array.from(values))
const [product] = b.executeOp('MatMul', [
  { name: 'transpose_a', type: b.TF_ATTR_BOOL, value: false },
  { name: 'transpose_b', type: b.TF_ATTR_BOOL, value: false },
  { name: 'T', type: b.TF_ATTR_TYPE, value: b.TF_FLOAT },
], [matrix([1, 2, 3, 4]), matrix([5, 6, 7, 8])], 1)
const found = Array.from(b.tensorDataSync(product.id)).join()
if (found !== '19,22,43,50') throw new Error('its matrix product is wrong: ' + found)
console.log('\\n' + JSON.stringify({ tensorflow: b.TF_Version }))
`

/** Whether a binding works on this machine, and why not. */
export type Probe =
  | { readonly works: true; readonly tensorflow: string }
  | { readonly works: false; readonly reason: string }

/**
 * Loads a binding in another process and computes with it.
 *
 * @param path of a `tfjs_binding.node`.
 */
export async function probeBinding(
  path: string,
  { run, signal }: { readonly run: RunCommand; readonly signal?: AbortSignal | undefined },
): Promise<Probe> {
  try {
    const result = await run(process.execPath, ['-e', PROBE, path], {
      // Loaders of the surrounding process are of no use to the probe, and could print.
      env: { NODE_OPTIONS: '', TF_CPP_MIN_LOG_LEVEL: '2' },
      timeoutMs: TIMEOUT_MS,
      signal,
    })
    if (result.code === 0) return { works: true, ...parseAnswer(result.stdout) }
    return { works: false, reason: whyEnded(result.signal, result.stderr, result.code) }
  } catch (error) {
    signal?.throwIfAborted()
    return { works: false, reason: reasonOf(error) }
  }
}

function parseAnswer(stdout: string): { tensorflow: string } {
  const answer = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
  return { tensorflow: String(answer.tensorflow) }
}

function whyEnded(signal: string | null, stderr: string, code: number | null): string {
  if (signal === 'SIGILL') {
    return 'this processor lacks an instruction that its TensorFlow was built for (AVX or newer)'
  }
  if (signal !== null) return `loading it crashed the process (${signal})`
  const error = /^(?:\w*Error): (.+)$/m.exec(stderr)
  return error?.[1] ?? (stderr.trim().split('\n').at(-1) || `exit code ${code}`)
}
