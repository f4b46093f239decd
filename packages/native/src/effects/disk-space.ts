import { EngineError } from '@ashlar/errors'
import type { Effects } from './effects.ts'
import { megabytes } from './progress.ts'

/**
 * Refuses to start what would fill the disk.
 *
 * @throws EngineError that names the folder, what is needed and what is free.
 */
export async function checkDiskSpace(
  folder: string,
  neededBytes: number,
  { freeBytes }: Pick<Effects, 'freeBytes'>,
): Promise<void> {
  const free = await freeBytes(folder)
  if (free >= neededBytes) return
  throw new EngineError({
    where: folder,
    expected: `the disk must have ${megabytes(neededBytes)} free, it has ${megabytes(free)}`,
    hint: 'Make room, or set ASHLAR_HOME to a folder on another disk.',
  })
}

/** The error for a disk that filled up while writing. */
export function diskFull(folder: string, cause: unknown): EngineError {
  return new EngineError({
    where: folder,
    expected: 'the disk filled up while writing; what was written has been removed',
    hint: 'Make room, or set ASHLAR_HOME to a folder on another disk.',
    cause,
  })
}
