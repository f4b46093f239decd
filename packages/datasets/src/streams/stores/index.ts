import type { RecordStore, StorePlan } from '../reader.ts'

type Open = (plan: never) => RecordStore | Promise<RecordStore>

/** Loaded when asked for. */
const stores: Readonly<Record<string, () => Promise<Open>>> = {
  lines: async () => (await import('./lines.ts')).openLines,
  csv: async () => (await import('./csv.ts')).openCsv,
  webdataset: async () => (await import('./webdataset.ts')).openTar,
  parquet: async () => (await import('./parquet.ts')).openParquet,
  files: async () => (await import('./files.ts')).openFiles,
  arrays: async () => (await import('./arrays.ts')).openArrays,
  folders: async () => (await import('./folders.ts')).openFolders,
  numpy: async () => (await import('./numpy.ts')).openNumpy,
  textLines: async () => (await import('./text-lines.ts')).openTextLines,
  windows: async () => (await import('./windows.ts')).openWindows,
}

/** Opens what a plan says. */
export async function openStore(plan: StorePlan): Promise<RecordStore> {
  const open = await stores[plan.kind]!()
  return open(plan as never)
}
