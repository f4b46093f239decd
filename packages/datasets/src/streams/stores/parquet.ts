import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { DataError } from '@ashlar/errors'
import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
} from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { reasonOf, unreadable } from '../../files/read-file.ts'
import type { RecordStore, StorePlan } from '../reader.ts'
import { folderOfFile, type InFiles, placeInFile } from './located.ts'

/** Rows of Parquet files; a row group is read as a whole. */
export interface ParquetPlan extends StorePlan, InFiles {
  readonly kind: 'parquet'
  /** The row group of each row, counted through all files. */
  readonly groups: Uint32Array
  /** First row of each group within its file, and how many it has. */
  readonly starts: Uint32Array
  readonly counts: Uint32Array
  /** First row of each group in the whole. */
  readonly firsts: Uint32Array
  /** What is read of a row. */
  readonly columns: readonly string[]
  /** Groups that are held at a time. */
  readonly held: number
}

/** Reads rows of Parquet files, a row group at a time. */
export function openParquet(plan: ParquetPlan): RecordStore {
  const files = new Map<number, Promise<ParquetFile>>()
  const groups = new Map<number, Promise<Record<string, unknown>[]>>()
  const fileAt = (index: number) => {
    const known = files.get(index) ?? openParquetFile(plan.paths[index]!)
    files.set(index, known)
    return known
  }
  const read = async (group: number): Promise<Record<string, unknown>[]> => {
    const index = plan.files[plan.firsts[group]!]!
    const start = plan.starts[group]!
    return readRows(await fileAt(index), plan.columns, start, start + plan.counts[group]!)
  }
  return {
    where: (row) => placeInFile(plan, row),
    folder: (row) => folderOfFile(plan, row),
    async get(row) {
      const group = plan.groups[row]!
      let rows = groups.get(group)
      if (rows === undefined) rows = read(group)
      // The last used is the last.
      groups.delete(group)
      groups.set(group, rows)
      if (groups.size > plan.held) groups.delete(groups.keys().next().value!)
      return (await rows)[row - plan.firsts[group]!]
    },
  }
}

/** A Parquet file that is open. */
export interface ParquetFile {
  readonly path: string
  readonly buffer: AsyncBuffer
  readonly metadata: FileMetaData
}

/** @throws DataError for what is no whole Parquet file. */
export async function openParquetFile(path: string): Promise<ParquetFile> {
  let descriptor: number
  let byteLength: number
  try {
    descriptor = openSync(path, 'r')
    byteLength = fstatSync(descriptor).size
  } catch (cause) {
    throw unreadable(path, cause)
  }
  const buffer: AsyncBuffer = {
    byteLength,
    slice(start, end = byteLength) {
      const bytes = new Uint8Array(Math.max(0, end - start))
      let done = 0
      while (done < bytes.length) {
        const count = readSync(descriptor, bytes, done, bytes.length - done, start + done)
        if (count === 0) throw damaged(path, `it ends at ${start + done}`)
        done += count
      }
      return bytes.buffer
    },
  }
  try {
    return { path, buffer, metadata: await parquetMetadataAsync(buffer) }
  } catch (cause) {
    closeSync(descriptor)
    throw cause instanceof DataError ? cause : damaged(path, reasonOf(cause), cause)
  }
}

/** Some rows of a file as objects. */
export async function readRows(
  { path, buffer, metadata }: ParquetFile,
  columns: readonly string[],
  rowStart: number,
  rowEnd: number,
): Promise<Record<string, unknown>[]> {
  try {
    return (await parquetReadObjects({
      file: buffer,
      metadata,
      columns: [...columns],
      rowStart,
      rowEnd,
      compressors,
      // Texts are columns that say so; all others are bytes, such as pictures.
      utf8: false,
    })) as Record<string, unknown>[]
  } catch (cause) {
    if (cause instanceof DataError) throw cause
    throw damaged(`${path}, rows ${rowStart + 1} to ${rowEnd}`, reasonOf(cause), cause)
  }
}

function damaged(where: string, reason: string, cause?: unknown): DataError {
  return new DataError({
    where,
    expected: `must be a whole Parquet file (${reason})`,
    hint: 'The file is damaged or cut short: get it again.',
    cause,
  })
}
