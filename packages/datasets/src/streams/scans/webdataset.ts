import { createHash, type Hash } from 'node:crypto'
import { Readable } from 'node:stream'
import { DataError } from '@ashlar/errors'
import { extract, type Header } from 'tar-stream'
import { reasonOf } from '../../files/read-file.ts'
import { gathered, gatherersOf } from '../gather-columns.ts'
import { placeInTar, type TarPlan } from '../stores/webdataset.ts'
import { packTexts, sharedFloat64, sharedUint32 } from '../texts.ts'
import { blocksOf } from './line-reader.ts'
import { packedChunks } from './packed-chunks.ts'
import type { Scanned, ScanRequest } from './scan.ts'

/** What a column's file may hold at most. */
const MOST_LABEL_BYTES = 1 << 20
/** What a sample's file may hold at most: it is read whole. */
const MOST_BYTES = 2 ** 31 - 1
/** Zeros that every archive ends with. */
const END = 1024
/** Bytes of a member's header. */
const HEADER = 512

interface Member {
  readonly offset: number
  readonly size: number
  readonly bytes: Buffer | undefined
}

interface Sample {
  readonly key: string
  readonly file: number
  readonly members: Map<string, Member>
}

/**
 * Finds the samples of tar shards in WebDataset's layout: files that follow one another and whose names are the same up to the first dot of the last part.
 *
 * A column is the ending of a file that holds a text or a number (`cls`), or a field of a JSON file (`json.label`).
 */
export async function scanTar({ files, columns, options }: ScanRequest): Promise<Scanned> {
  const gatherers = gatherersOf(columns, options)
  const wanted = new Set(columns.map(({ field }) => field.split('.')[0]!))
  const hash = createHash('sha256')
  const samples: Sample[] = []
  const perFile: number[] = []
  for (const [file, path] of files.entries()) {
    const before = samples.length
    let current: Sample | undefined
    for await (const { header, offset, bytes } of membersOf(path, hash, wanted)) {
      if (header.type !== 'file' && header.type !== 'contiguous-file') continue
      const named = keyOf(header.name)
      if (named === undefined) continue
      const [key, ending] = named
      if (current?.key !== key) {
        current = { key, file, members: new Map() }
        samples.push(current)
      } else if (current.members.has(ending)) {
        throw new DataError({
          where: `${path}, ${header.name}`,
          expected: 'a sample must have one file of each ending, and this one has two',
          hint: 'Names of samples must differ up to their first dot.',
        })
      }
      current.members.set(ending, { offset, size: header.size, bytes })
    }
    perFile.push(samples.length - before)
    if (samples.length === before) {
      throw new DataError({ where: path, expected: 'must hold samples: files named `name.ending`' })
    }
  }
  const fields = [...new Set(samples.flatMap(({ members }) => [...members.keys()]))].sort()
  const at = (sample: Sample, field: string) => sample.members.get(field)
  const cells = samples.flatMap((sample) => fields.map((field) => at(sample, field)))
  const plan: TarPlan = {
    kind: 'webdataset',
    paths: files,
    files: sharedUint32(samples.map(({ file }) => file)),
    keys: packTexts(samples.map(({ key }) => key)),
    fields,
    offsets: sharedFloat64(cells.map((member) => member?.offset ?? -1)),
    sizes: sharedUint32(cells.map((member) => member?.size ?? 0)),
  }
  for (const [row, sample] of samples.entries()) {
    for (const [index, { field, measure }] of columns.entries()) {
      const where = placeInTar(plan, row)
      const [ending, ...inside] = field.split('.')
      const bytes = at(sample, ending!)?.bytes
      // What is decoded later has the ends of its lines.
      const isWhole = measure !== undefined && inside.length === 0
      gatherers[index]!.add(isWhole ? bytes : valueIn(bytes, inside.join('.'), where), where)
    }
  }
  return {
    length: samples.length,
    store: plan,
    columns: gathered(columns, gatherers),
    perFile,
    ...packedChunks(files, plan),
    digest: hash.digest('hex'),
  }
}

/** `a/b.seg.png` as `a/b` and `seg.png`; undefined for hidden files and what has no ending. */
function keyOf(name: string): [string, string] | undefined {
  const slash = name.lastIndexOf('/') + 1
  const dot = name.indexOf('.', slash)
  if (dot <= slash || dot === name.length - 1) return undefined
  return [name.slice(0, dot), name.slice(dot + 1).toLowerCase()]
}

function valueIn(bytes: Buffer | undefined, field: string, where: string): unknown {
  if (bytes === undefined) return undefined
  const text = bytes.toString().trim()
  if (field === '') return text
  try {
    return (JSON.parse(text) as Record<string, unknown>)[field]
  } catch (cause) {
    throw new DataError({ where, expected: `must be JSON (${reasonOf(cause)})`, cause })
  }
}

interface FoundMember {
  readonly header: Header
  /** Of its contents in the archive. */
  readonly offset: number
  readonly bytes: Buffer | undefined
}

/** The members of an archive in their order; the contents of those that are `wanted`. */
async function* membersOf(
  path: string,
  hash: Hash,
  wanted: ReadonlySet<string>,
): AsyncGenerator<FoundMember, void, undefined> {
  const archive = extract()
  let tail: Buffer = Buffer.alloc(0)
  const counted = function* () {
    for (const block of blocksOf(path)) {
      hash.update(block)
      tail = Buffer.concat([tail, block.subarray(-END)]).subarray(-END)
      yield block
    }
  }
  const source = Readable.from(counted())
  source.on('error', (error) => archive.destroy(error))
  source.pipe(archive as unknown as NodeJS.WritableStream)
  try {
    for await (const entry of archive) {
      const { header, offset } = entry
      if (header.size > MOST_BYTES) throw tooLarge(`${path}, ${header.name}`, header.size)
      const isWanted = wanted.has(keyOf(header.name)?.[1] ?? '') && header.size <= MOST_LABEL_BYTES
      const parts: Buffer[] = []
      for await (const part of entry as AsyncIterable<Buffer>) if (isWanted) parts.push(part)
      yield { header, offset: offset + HEADER, bytes: isWanted ? Buffer.concat(parts) : undefined }
    }
  } catch (cause) {
    if (cause instanceof DataError) throw cause
    throw cutShard(path, reasonOf(cause), cause)
  }
  // One that is cut between two files looks whole to whoever only reads files.
  if (tail.length < END || tail.some((byte) => byte !== 0)) {
    throw cutShard(path, 'its end is missing')
  }
}

function tooLarge(where: string, given: number): DataError {
  return new DataError({
    where,
    expected: `a file of a shard must have less than 2 GiB (${MOST_BYTES} bytes)`,
    given,
    hint: 'Cut it into several samples, or leave it out of the shard.',
  })
}

function cutShard(path: string, reason: string, cause?: unknown): DataError {
  return new DataError({
    where: path,
    expected: `must be a whole tar archive (${reason})`,
    hint: 'The shard is damaged or cut short: get it again.',
    cause,
  })
}
