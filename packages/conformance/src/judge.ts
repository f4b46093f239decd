import type { Exclusion } from './exclusions.ts'
import type { SpecResult } from './messages.ts'
import type { Part } from './parts.ts'

/** A spec that did not do what was expected of it. */
export interface Failure {
  readonly name: string
  readonly messages: readonly string[]
}

export interface Verdict {
  readonly passed: number
  readonly failed: readonly Failure[]
  /** Specs that were left out of the judgement, with the reason of each. */
  readonly excluded: readonly { readonly name: string; readonly reason: string }[]
}

/** jasmine_util puts the environment into the name of a suite: its name and its flags. */
const ENVIRONMENT = / (?:onnxruntime|cpu) \{\}/

/** A spec's name as in the exclusions. */
export function plainName(fullName: string): string {
  return fullName.replace(ENVIRONMENT, '').replace(/ {2,}/g, ' ')
}

/**
 * Judges the specs that ran. `whole` tells that all of the suite was asked for: then exclusions of specs that the suite does not define count as
 * excluded too.
 */
export function judge(
  specs: readonly SpecResult[],
  exclusions: readonly Exclusion[],
  run: { readonly part: Part['name']; readonly whole: boolean },
): Verdict {
  const reasons = new Map<string, string>()
  const excluded: Verdict['excluded'][number][] = []
  for (const { specs: names, part, isDefined = true, reason } of exclusions) {
    if (part !== undefined && part !== run.part) continue
    for (const name of names) {
      if (isDefined) reasons.set(name, reason)
      else if (run.whole) excluded.push({ name, reason })
    }
  }
  let passed = 0
  const failed: Failure[] = []
  for (const { name, status, failures } of specs) {
    const reason = reasons.get(plainName(name))
    if (reason === undefined) {
      if (status === 'passed') passed++
      else failed.push({ name, messages: failures })
    } else if (status === 'passed') {
      failed.push({ name, messages: ['It is excluded but passes: take it off the list.'] })
    } else {
      excluded.push({ name, reason })
    }
  }
  return { passed, failed, excluded }
}
