import { createHash } from 'node:crypto'
import { relative } from 'node:path'
import type { LeftOut } from '@ashlar/core'
import { shuffledIndices } from '@ashlar/core/shuffle'
import { readBytes } from '../../files/read-file.ts'
import { type LabelledImage, listImages } from '../../images/list-images.ts'
import type { Column } from '../column.ts'
import type { FilesPlan } from '../stores/files.ts'
import { packTexts, sharedUint8, sharedUint32 } from '../texts.ts'
import type { Scanned, ScanRequest } from './scan.ts'

interface FilesOptions {
  readonly classes: readonly string[]
  readonly endings?: readonly string[] | undefined
  /** Whether files with other endings are left out; they are errors when left out. */
  readonly skip?: boolean | undefined
}

/** Lists the files of folders with a sub folder for each class, in a mixed order that is always the same. */
export function scanFiles({ files: folders, options }: ScanRequest): Scanned {
  const { classes, endings, skip } = options as unknown as FilesOptions
  const leftOut: LeftOut[] = []
  const hash = createHash('sha256')
  const names: string[] = []
  const roots: number[] = []
  const codes: number[] = []
  const perFile: number[] = []
  for (const [root, folder] of folders.entries()) {
    const listed = listImages(folder, classes, { endings, leftOut: skip ? leftOut : undefined })
    // Seed 0 whatever the experiment's: the order belongs to the data.
    for (const index of shuffledIndices(listed.length, 0, 'image-folder')) {
      const { path, label } = listed[index] as LabelledImage
      names.push(relative(folder, path))
      roots.push(root)
      codes.push(label)
      hash.update(`${label} `).update(createHash('sha256').update(readBytes(path)).digest())
    }
    perFile.push(listed.length)
  }
  const store: FilesPlan = {
    ...{ kind: 'files', roots: folders },
    ...{ rootOf: sharedUint8(roots), names: packTexts(names) },
  }
  const label: Column = { codes: sharedUint32(codes), names: classes }
  return {
    ...{ length: codes.length, store, columns: { label }, perFile },
    ...(leftOut.length > 0 && { leftOut }),
    digest: hash.digest('hex'),
  }
}
