import type { RecordStore, StorePlan } from '../reader.ts'
import { type InFiles, placeInFile } from './located.ts'
import { type NumpyPlan, openNumpy } from './numpy.ts'
import { readWhenAsked } from './read-when-asked.ts'

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
    get: (row) => readWhenAsked(stores.map(([name, store]) => [name, () => store.get(row)])),
  }
}
