import { ConfigError } from '@ashlar/errors'
import type { StoredTensor } from '../weights/safetensors.ts'
import type { Callback, CallbackState } from './callback.ts'
import type { TrainingState } from './resume.ts'

/** What callbacks remember, as plain data by unique name and as tensors. */
export function callbackStates(callbacks: readonly Callback[]): {
  readonly data: Record<string, unknown>
  readonly tensors: Map<string, StoredTensor>
} {
  const data: Record<string, unknown> = {}
  const tensors = new Map<string, StoredTensor>()
  for (const [name, callback] of byUniqueName(callbacks)) {
    const state = callback.state?.()
    if (state === undefined) continue
    data[name] = state.data
    for (const [key, tensor] of state.tensors ?? []) tensors.set(tensorName(name, key), tensor)
  }
  return { data, tensors }
}

/**
 * Gives callbacks back what they remembered. One that has no state, because it is new, begins anew.
 *
 * @throws ConfigError when a state belongs to none of the callbacks.
 */
export async function restoreCallbacks(
  callbacks: readonly Callback[],
  state: TrainingState,
): Promise<void> {
  const left = new Map(Object.entries(state.progress.callbacks))
  for (const [name, callback] of byUniqueName(callbacks)) {
    if (!left.has(name)) continue
    const prefix = tensorName(name, '')
    const own = [...state.tensors].filter(([key]) => key.startsWith(prefix))
    const restored: CallbackState = {
      data: left.get(name),
      tensors: new Map(own.map(([key, tensor]) => [key.slice(prefix.length), tensor] as const)),
    }
    await callback.restore?.(restored)
    left.delete(name)
  }
  if (left.size === 0) return
  throw new ConfigError({
    where: 'fit',
    expected: `callbacks must be those that the run began with, ${[...left.keys()].join(', ')} among them`,
    given: callbacks.map(({ name }) => name),
  })
}

function tensorName(callback: string, key: string): string {
  return `callbacks/${callback}/${key}`
}

function* byUniqueName(callbacks: readonly Callback[]): Generator<[string, Callback]> {
  const used = new Map<string, number>()
  for (const callback of callbacks) {
    const count = (used.get(callback.name) ?? 0) + 1
    used.set(callback.name, count)
    yield [count === 1 ? callback.name : `${callback.name}-${count}`, callback]
  }
}
