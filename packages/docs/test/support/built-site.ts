import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BuiltSite, buildSite } from '../../src/build.ts'

/** Builds the site into a folder that is gone afterwards. */
export async function inBuiltSite(use: (site: BuiltSite) => Promise<void>): Promise<void> {
  const out = await mkdtemp(join(tmpdir(), 'ashlar-site-'))
  try {
    await use(await buildSite({ out }))
  } finally {
    await rm(out, { recursive: true, force: true })
  }
}
