import type { Plugin } from '@ashlar/core'
import { arrays } from './arrays/arrays.ts'
import { cifar10 } from './cifar/cifar10.ts'
import { cifar100 } from './cifar/cifar100.ts'
import { fashionMnist } from './idx/fashion-mnist.ts'
import { mnist } from './idx/mnist.ts'
import { melodies } from './made/melodies.ts'
import { mixedTable } from './made/mixed-table.ts'
import { reviews } from './made/reviews.ts'
import { sentences } from './made/sentences.ts'
import { shapes } from './made/shapes.ts'
import { tags } from './made/tags.ts'
import { waves } from './made/waves.ts'
import { csvStream } from './records/csv-stream.ts'
import { folders } from './records/folders.ts'
import { imageFolder } from './records/image-folder.ts'
import { jsonLines } from './records/json-lines.ts'
import { mix } from './records/mix.ts'
import { numpy } from './records/numpy.ts'
import { parquet } from './records/parquet.ts'
import { soundFolder } from './records/sound-folder.ts'
import { text } from './records/text.ts'
import { webdataset } from './records/webdataset.ts'
import { csv } from './tables/csv.ts'

export { type ArrayInputs, type ArrayLabels, type ArraysOptions, arrays } from './arrays/arrays.ts'
export type { NestedNumbers } from './arrays/flatten.ts'
export {
  type CifarDeclaration,
  type CifarFile,
  type CifarOptions,
  cifarPlugin,
} from './cifar/cifar-dataset.ts'
export { cifar10 } from './cifar/cifar10.ts'
export { cifar100 } from './cifar/cifar100.ts'
export type { SourcePackage } from './files/sources.ts'
export { fashionMnist } from './idx/fashion-mnist.ts'
export {
  type IdxDeclaration,
  type IdxFile,
  type IdxOptions,
  idxPlugin,
} from './idx/idx-dataset.ts'
export { mnist } from './idx/mnist.ts'
export { type ImageDecoder, type ImageSize, imageDecoder } from './images/decode-image.ts'
export { melodies } from './made/melodies.ts'
export { mixedTable } from './made/mixed-table.ts'
export { reviews } from './made/reviews.ts'
export { sentences } from './made/sentences.ts'
export { shapes } from './made/shapes.ts'
export { tags } from './made/tags.ts'
export { waves } from './made/waves.ts'
export { csvStream } from './records/csv-stream.ts'
export { folders } from './records/folders.ts'
export { type ImageFolderOptions, imageFolder } from './records/image-folder.ts'
export { jsonLines } from './records/json-lines.ts'
export { mix } from './records/mix.ts'
export { numpy } from './records/numpy.ts'
export { parquet } from './records/parquet.ts'
export { soundFolder } from './records/sound-folder.ts'
export { text } from './records/text.ts'
export { webdataset } from './records/webdataset.ts'
export { buildSplits } from './splits/build.ts'
export { type SplitOptions, type SplitShape, splitShape } from './splits/options.ts'
export type { OwnDataOptions, OwnDataShape } from './splits/own-data.ts'
export { type CsvOptions, csv } from './tables/csv.ts'

/** All datasets of this package; what registers, lists or tests datasets goes through this array. */
export const datasetPlugins: readonly Plugin<'dataset'>[] = [
  mnist,
  fashionMnist,
  cifar10,
  cifar100,
  imageFolder,
  csv,
  arrays,
  shapes,
  sentences,
  reviews,
  melodies,
  tags,
  mixedTable,
  waves,
  jsonLines,
  parquet,
  webdataset,
  csvStream,
  numpy,
  text,
  soundFolder,
  folders,
  mix,
]
