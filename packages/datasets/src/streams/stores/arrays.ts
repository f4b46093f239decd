import type { RecordStore, StorePlan } from '../reader.ts'
import { type InFiles, placeInFile } from './located.ts'
import { type NumpyPlan, openNumpy } from './numpy.ts'

/** Arrays whose rows belong together, by the names of their fields. */
export interface ArraysPlan extends StorePlan, InFiles {
  readonly kind: 'arrays'
  readonly arrays: Readonly<Record<string, NumpyPlan>>
}

/** A row of each array, read when it is asked for. */
export function openArrays(plan: ArraysPlan): RecordStore {
  const stores = Object.entries(plan.arrays).map(([name, each]) => [name, openNumpy(each)] as const)
  return {
    where: (row) => placeInFile(plan, row),
    get(row) {
      const record: Record<string, unknown> = {}
      for (const [name, store] of stores) {
        Object.defineProperty(record, name, { enumerable: true, get: () => store.get(row) })
      }
      return record
    },
  }
}
