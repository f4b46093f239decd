import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileSafely } from '@ashlar/core/files'
import { readText } from '@ashlar/experiment/runs'
import type { V1Job } from '@kubernetes/client-node'
import { parse, stringify } from 'yaml'
import { BATCH_NOTE } from './job.ts'

/** Folder of the Jobs of a sweep, relative to the sweep's. */
export const JOBS = 'jobs'

/** A Job that was written down. */
export interface WrittenJob {
  readonly name: string
  /** Digest of its batch. */
  readonly batch: string
}

/** Where a Job is written. @param folder of the sweep. */
export function jobFile(folder: string, name: string): string {
  return join(folder, JOBS, `${name}.yaml`)
}

/** Writes a Job for `kubectl apply -f`, whole or not at all. @returns the file. */
export async function writeJob(folder: string, job: V1Job): Promise<string> {
  const path = jobFile(folder, job.metadata!.name!)
  await mkdir(join(folder, JOBS), { recursive: true })
  await writeFileSafely(path, jobText(job))
  return path
}

/** A Job as YAML. Programs of Kubernetes read version 1.1, where `on` is a truth value, others 1.2: all text is quoted, so that it is text in both. */
export function jobText(job: V1Job): string {
  return stringify(job, {
    ...{ version: '1.1', aliasDuplicateObjects: false, lineWidth: 0 },
    ...{ defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN' },
  })
}

/** The Jobs that were written into a sweep's folder; what is none is passed over. */
export async function readJobs(folder: string): Promise<WrittenJob[]> {
  const names = await readdir(join(folder, JOBS)).catch(() => [])
  const found: WrittenJob[] = []
  for (const file of names.filter((each) => each.endsWith('.yaml')).sort()) {
    const text = await readText(join(folder, JOBS, file)).catch(() => '')
    const batch = batchOf(text)
    if (batch !== undefined) found.push({ name: file.slice(0, -'.yaml'.length), batch })
  }
  return found
}

/** Takes a Job back that was written. */
export async function removeJob(folder: string, name: string): Promise<void> {
  await rm(jobFile(folder, name), { force: true })
}

function batchOf(text: string): string | undefined {
  try {
    const job = parse(text, { version: '1.1', maxAliasCount: 0 }) as V1Job | null
    const batch = job?.metadata?.annotations?.[BATCH_NOTE]
    return typeof batch === 'string' ? batch : undefined
  } catch {
    return undefined
  }
}
