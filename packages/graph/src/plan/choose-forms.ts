import type { Graph } from '../ir/index.ts'
import type { ChooseForm, FormCall } from '../lower/forms.ts'
import type { Target } from '../lower/target.ts'
import { multiplyAdds } from '../ops/multiply-adds.ts'
import { formKey } from './form-key.ts'
import type { FormStore, FormTimes } from './form-store.ts'
import { timeForms } from './time-forms.ts'

/** Calls of less work than this take the usual form: measuring them would take longer than they ever will. */
const LEAST_MULTIPLY_ADDS = 4_000_000

/** Another form than the usual one must be quicker by this factor: times of a single call are not exact. */
const MARGIN = 0.85

/** A choice changes layouts, and with them the calls behind it: more rounds than this bring nothing new in practice. */
const MOST_ROUNDS = 4

/** What choosing needs. */
export interface ChooseOptions {
  readonly target: Target
  readonly threads?: number | undefined
  readonly store: FormStore
  /** Measures; replaced in tests. */
  readonly time?: typeof timeForms
}

/**
 * Lowers a graph with the form of each call that was quickest on this machine. What the store does not know is measured, once, and kept there.
 *
 * @param attempt lowers with the given choice; called again as long as new calls show up.
 */
export async function lowerWithMeasuredForms(
  attempt: (choose: ChooseForm) => Graph,
  options: ChooseOptions,
): Promise<Graph> {
  const { target, threads, store, time = timeForms } = options
  // Calls that could not be measured now; the usual form does for them.
  const unmeasured = new Set<string>()
  for (let round = 1; ; round++) {
    const missing = new Map<string, FormCall>()
    const graph = attempt((call) => {
      if ((multiplyAdds(call.node) ?? 0) < LEAST_MULTIPLY_ADDS) return undefined
      const key = formKey(call)
      const times = store.get(key)
      if (times === undefined && !unmeasured.has(key)) missing.set(key, call)
      return times && quickest(call.forms, times)
    })
    if (missing.size === 0 || round === MOST_ROUNDS) return graph
    const measured = new Map<string, FormTimes>()
    for (const [key, call] of missing) {
      const times = await time(call, target, threads)
      if (times === undefined) unmeasured.add(key)
      else measured.set(key, times)
    }
    if (measured.size > 0) store.add(measured)
  }
}

/** @param forms the usual one first. */
export function quickest(forms: readonly string[], times: FormTimes): string {
  const usual = forms[0]!
  return forms.reduce((best, form) => {
    const limit =
      best === usual ? MARGIN * (times[usual] ?? Number.POSITIVE_INFINITY) : times[best]!
    return (times[form] ?? Number.POSITIVE_INFINITY) < limit ? form : best
  }, usual)
}
