import { DataError } from '@ashlar/errors'
import { readText } from './read-text.ts'
import { type RunFolder, runFiles } from './run-folder.ts'

/** What people say about a run. */
export interface RunNotes {
  readonly tags: readonly string[]
  readonly note: string
}

/** What checks them is loaded where there are some: most commands only ask whether a folder is a run. */
async function checked(notes: unknown, where: string): Promise<RunNotes> {
  const [{ check }, { z }] = await Promise.all([import('@ashlar/plugins'), import('zod')])
  const schema = z.strictObject({
    tags: z.array(z.string().min(1)).default([]),
    note: z.string().default(''),
  })
  return check(schema, notes, where)
}

/**
 * Tags and note of a run; none where nobody wrote any.
 *
 * @throws DataError when they cannot be read.
 */
export async function readNotes(run: RunFolder): Promise<RunNotes> {
  const path = run.file(runFiles.notes)
  let text: string
  try {
    text = await readText(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { tags: [], note: '' }
    throw unreadable(path, error)
  }
  try {
    return await checked(JSON.parse(text), path)
  } catch (error) {
    throw unreadable(path, error)
  }
}

/** Changes of a run's notes. */
export interface NoteChanges {
  readonly add?: readonly string[] | undefined
  readonly remove?: readonly string[] | undefined
  /** Takes the place of the note. */
  readonly note?: string | undefined
}

/**
 * Changes tags and note of a run; returns what they are now.
 *
 * @throws ConfigError for a tag that is empty.
 */
export async function changeNotes(run: RunFolder, changes: NoteChanges): Promise<RunNotes> {
  const { tags, note } = await readNotes(run)
  const removed = new Set(changes.remove)
  const kept = [...tags, ...(changes.add ?? [])].filter((tag) => !removed.has(tag))
  const given = { tags: [...new Set(kept)], note: changes.note ?? note }
  const next = await checked(given, run.name)
  await run.writeJson(runFiles.notes, next)
  return next
}

function unreadable(path: string, cause: unknown): DataError {
  return new DataError({
    where: path,
    expected: 'must hold the tags and the note of a run, as JSON',
    given: (cause as Error).message,
    cause,
  })
}
