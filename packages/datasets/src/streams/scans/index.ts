import type { Scanned, ScanRequest } from './scan.ts'

export type { Scanned, ScanRequest } from './scan.ts'

type Scan = (request: ScanRequest) => Promise<Scanned> | Scanned

/** Loaded when asked for: a thread needs one of them. */
const scans: Readonly<Record<string, () => Promise<Scan>>> = {
  lines: async () => (await import('./lines.ts')).scanLines,
  webdataset: async () => (await import('./webdataset.ts')).scanTar,
  parquet: async () => (await import('./parquet.ts')).scanParquet,
  csv: async () => (await import('./csv.ts')).scanCsv,
  files: async () => (await import('./files.ts')).scanFiles,
  folders: async () => (await import('./folders.ts')).scanFolders,
  numpy: async () => (await import('./numpy.ts')).scanNumpy,
  text: async () => (await import('./text.ts')).scanText,
  textLines: async () => (await import('./text-lines.ts')).scanTextLines,
  npz: async () => (await import('./npz.ts')).scanNpz,
  whole: async () => (await import('./whole.ts')).scanWhole,
}

/** Looks at files. */
export async function runScan(request: ScanRequest): Promise<Scanned> {
  return (await scans[request.kind]!())(request)
}
