import type { DataMap } from '@ashlar/plugins'
import { applyOverrides, parseOverride } from '../config/overrides.ts'

/**
 * What of an experiment is the user's: the files of it that are the user's own, and overrides.
 *
 * @param own the former, put together.
 */
export function ownData(own: DataMap = {}, overrides: readonly string[] = []): DataMap {
  let result = own
  for (const override of overrides) {
    // What is taken away asks for nothing.
    if (parseOverride(override).action === 'remove') continue
    try {
      result = applyOverrides(result, [override], 'override')
    } catch {
      // It fits the whole, of which this is a part: a later item of a list. The value counts as another's.
    }
  }
  return result
}
