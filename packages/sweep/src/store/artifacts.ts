import { mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { writeFileSafely } from '@ashlar/core/files'
import { ConfigError, DataError } from '@ashlar/errors'
import { furthest, RESULT } from './attempt.ts'

/** Where trials of machines without a shared folder go. */
export interface Artifacts {
  /** Brings what there is of a trial into the sweep's folder here. */
  pull(id: string, folder: string): Promise<void>
  /** Takes a trial, as far as anybody has got with it in the sweep's folder here, to the store; what it came to last. */
  push(id: string, folder: string): Promise<void>
}

/** A store of files by name. */
export interface ObjectStore {
  list(prefix: string): Promise<string[]>
  get(key: string): Promise<Uint8Array>
  put(key: string, bytes: Uint8Array): Promise<void>
  remove(keys: readonly string[]): Promise<void>
}

/**
 * Trials in an object store, each file under `<prefix>/<sweep>/<trial>/`.
 *
 * @param sweep the sweep's name.
 */
export function artifactsIn(store: ObjectStore, prefix: string, sweep: string): Artifacts {
  const base = (id: string) =>
    [prefix, sweep, id, ''].filter((each, i) => each !== '' || i > 0).join('/')
  return {
    async pull(id, folder) {
      const under = base(id)
      const keys = await store.list(under)
      // What it came to tells that everything else is there.
      const last = (key: string) => (key === under + RESULT ? 1 : 0)
      for (const key of [...keys].sort((a, b) => last(a) - last(b))) {
        const name = key.slice(under.length)
        const path = join(folder, id, name)
        const inside = relative(join(folder, id), path)
        if (inside === '' || inside.startsWith('..')) {
          throw new DataError({ where: key, expected: 'must lie within its trial', given: name })
        }
        await mkdir(dirname(path), { recursive: true })
        await writeFileSafely(path, await store.get(key))
      }
    },
    async push(id, folder) {
      const from = await furthest(folder, id)
      if (from === undefined) return
      const under = base(id)
      const files = (await filesUnder(from)).map((path) =>
        relative(from, path).split(sep).join('/'),
      )
      const before = await store.list(under)
      for (const name of files.filter((each) => each !== RESULT)) {
        await store.put(under + name, await readFile(join(from, name)))
      }
      if (files.includes(RESULT))
        await store.put(under + RESULT, await readFile(join(from, RESULT)))
      // What it came to in an earlier rung stays true of one that was left on its way to the next.
      const kept = new Set([...files, RESULT])
      const gone = before.filter((key) => !kept.has(key.slice(under.length)))
      if (gone.length > 0) await store.remove(gone)
    },
  }
}

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((each) => each.isFile() && !each.name.endsWith('.tmp'))
    .map((each) => join(each.parentPath, each.name))
}

/**
 * A store by its address, `s3://bucket/prefix`. How to reach it is what the environment says, as for every program of this store: `AWS_ENDPOINT_URL_S3`, `AWS_REGION`,
 * `AWS_ACCESS_KEY_ID`, ...
 *
 * @throws ConfigError for another address, and where the client is not installed.
 */
export async function openStore(address: string): Promise<{ store: ObjectStore; prefix: string }> {
  const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]+)\/?(.*?)\/?$/.exec(address) ?? []
  if (bucket === undefined) {
    throw new ConfigError({
      where: 'store',
      expected: 'must be an address of the form s3://bucket/prefix',
      given: address,
    })
  }
  const s3 = await import('@aws-sdk/client-s3').catch((cause: unknown) => {
    throw new ConfigError({
      where: 'store',
      expected: 'needs the package @aws-sdk/client-s3',
      hint: 'npm install @aws-sdk/client-s3, or share a folder instead.',
      cause,
    })
  })
  // Other stores than Amazon's are found by path, not by a host for each bucket.
  const client = new s3.S3Client({ forcePathStyle: true })
  const store: ObjectStore = {
    async list(under) {
      const keys: string[] = []
      let token: string | undefined
      do {
        const page = await client.send(
          new s3.ListObjectsV2Command({ Bucket: bucket, Prefix: under, ContinuationToken: token }),
        )
        keys.push(...(page.Contents ?? []).flatMap(({ Key }) => Key ?? []))
        token = page.NextContinuationToken
      } while (token !== undefined)
      return keys
    },
    async get(key) {
      const { Body } = await client.send(new s3.GetObjectCommand({ Bucket: bucket, Key: key }))
      return Body!.transformToByteArray()
    },
    async put(key, bytes) {
      await client.send(new s3.PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes }))
    },
    async remove(keys) {
      for (const key of keys) {
        await client.send(new s3.DeleteObjectCommand({ Bucket: bucket, Key: key }))
      }
    },
  }
  return { store, prefix }
}
