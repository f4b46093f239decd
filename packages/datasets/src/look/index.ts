// What one can say of data before anything is trained on it.

export type { NameCount } from './labels.ts'
export { hasPictures, lookAtPictures, type PictureFacts } from './pictures.ts'
export { type ColumnFacts, lookAtTable, MOST_NAMES, type TableFacts, tellTales } from './table.ts'
