import { dirname } from 'node:path'
import { changeNotes, openRun, readNotes, refreshRecord } from '@ashlar/experiment/runs'
import type { Output } from '../terminal/output.ts'

/** What to write on a run. */
export interface TagRequest {
  readonly path: string
  readonly tags: readonly string[]
  readonly remove?: readonly string[] | undefined
  readonly note?: string | undefined
}

/** Gives a run tags and a note, and shows them. */
export async function tagRun(
  { path, tags, remove, note }: TagRequest,
  output: Output,
): Promise<void> {
  const run = await openRun(path)
  const changes = tags.length > 0 || remove !== undefined || note !== undefined
  const now = changes ? await changeNotes(run, { add: tags, remove, note }) : await readNotes(run)
  if (changes) await refreshRecord(dirname(run.path), run.name)
  output.line(`${run.name} ${now.tags.map((tag) => `#${tag}`).join(' ')}`.trimEnd())
  if (now.note !== '') output.line(now.note)
  output.result({ run: run.path, ...now })
}
