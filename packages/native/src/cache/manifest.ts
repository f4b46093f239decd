import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { z } from 'zod'
import { LAYOUT } from './folders.ts'
import { type BindingTarget, machineName, targetKey } from './target.ts'

/** What an installed binding says of itself. It is written last: a folder without it was never finished. */
export interface Manifest {
  readonly format: 1
  readonly target: BindingTarget
  readonly way: 'prebuilt' | 'wheel'
  /** Where the libraries came from. */
  readonly source: string
  /** Version of the libraries. */
  readonly tensorflow: string
  /** ISO 8601. */
  readonly installed: string
  readonly files: readonly { readonly path: string; readonly bytes: number }[]
}

const manifestSchema: z.ZodType<Manifest> = z.strictObject({
  format: z.literal(1),
  target: z.strictObject({
    tfjsNode: z.string(),
    platform: z.string(),
    arch: z.string(),
    libc: z.enum(['glibc', 'musl', 'none']),
    napi: z.int(),
  }),
  way: z.enum(['prebuilt', 'wheel']),
  source: z.string(),
  tensorflow: z.string(),
  installed: z.iso.datetime(),
  files: z.array(z.strictObject({ path: z.string(), bytes: z.int().nonnegative() })),
})

/** An entry of the cache as it was found. */
export type Entry =
  | { readonly state: 'ready'; readonly folder: string; readonly manifest: Manifest }
  | { readonly state: 'absent'; readonly folder: string }
  | { readonly state: 'unusable'; readonly folder: string; readonly problem: string }

/**
 * Looks at an entry without loading it: the manifest must be whole, written for this target, and every file there in
 * its full length.
 */
export async function readEntry(folder: string, target: BindingTarget): Promise<Entry> {
  if (!(await exists(folder))) return { state: 'absent', folder }
  const manifest = await readManifest(folder)
  if (typeof manifest === 'string') return { state: 'unusable', folder, problem: manifest }
  const problem = foreign(manifest, target) ?? (await damaged(folder, manifest))
  return problem === undefined
    ? { state: 'ready', folder, manifest }
    : { state: 'unusable', folder, problem }
}

/** Every file of a folder with its length; paths with `/`, in order. */
export async function listFiles(folder: string): Promise<Manifest['files']> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  return Promise.all(
    paths.map(async (path) => ({
      path: relative(folder, path).split(sep).join('/'),
      bytes: (await stat(path)).size,
    })),
  )
}

/** Bytes on disk of all files in a manifest. */
export function sizeOf(manifest: Manifest): number {
  return manifest.files.reduce((sum, file) => sum + file.bytes, 0)
}

/** Bytes on disk of all files in a folder; 0 when it is not there. */
export async function sizeOfFolder(folder: string): Promise<number> {
  const files = await listFiles(folder).catch(() => [])
  return files.reduce((sum, file) => sum + file.bytes, 0)
}

async function readManifest(folder: string): Promise<Manifest | string> {
  let text: string
  try {
    text = await readFile(join(folder, LAYOUT.manifest), 'utf8')
  } catch {
    return 'it has no readable manifest.json, so its install was never finished'
  }
  try {
    return manifestSchema.parse(JSON.parse(text))
  } catch {
    return 'its manifest.json is damaged or of another Ashlar version'
  }
}

function foreign(manifest: Manifest, target: BindingTarget): string | undefined {
  if (targetKey(manifest.target) === targetKey(target)) return undefined
  const name = ({ target: { tfjsNode, napi } }: { target: BindingTarget }) =>
    `${tfjsNode}, napi ${napi}`
  return (
    `it was built for ${machineName(manifest.target)} (tfjs-node ${name(manifest)}), ` +
    `this is ${machineName(target)} (tfjs-node ${name({ target })})`
  )
}

async function damaged(folder: string, manifest: Manifest): Promise<string | undefined> {
  for (const { path, bytes } of manifest.files) {
    const size = await stat(join(folder, path)).then(
      (found) => found.size,
      () => undefined,
    )
    if (size === undefined) return `${path} is missing`
    if (size !== bytes) return `${path} has ${size} bytes instead of ${bytes}`
  }
  return undefined
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
