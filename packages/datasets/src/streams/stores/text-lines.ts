import type { RecordStore, StorePlan } from '../reader.ts'
import { ShardFiles } from '../shard-files.ts'
import { type Located, placeInFile } from './located.ts'

/** Lines of text files, a sample each. */
export interface TextLinesPlan extends StorePlan, Located {
  readonly kind: 'textLines'
}

/** Each line as a text with its end, which tells a model where it is over. */
export function openTextLines(plan: TextLinesPlan): RecordStore {
  const shards = new ShardFiles(plan.paths)
  return {
    where: (row) => placeInFile(plan, row),
    get: (row) => lineText(shards.read(plan.files[row]!, plan.offsets[row]!, plan.sizes[row]!)),
  }
}

/** The text of a line. */
export function lineText(bytes: Buffer): string {
  return `${bytes.toString().replace(/\r$/, '')}\n`
}
