import { join } from 'node:path'
import {
  type Encodings,
  encodingMetadata,
  infoOfFields,
  type Layer,
  layers,
  Model,
  readEncodings,
  type Samples,
  type TableEncoding,
} from '@ashlar/core'
import { allClose } from '@ashlar/core/testing'
import { tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import seedrandom from 'seedrandom'
import * as assert from 'uvu/assert'
import { exportOnnx, inspectFile, onnxExporter, verifyModelFile } from '../src/index.ts'
import { PICTURES, TABLE } from './support/raw-models.ts'
import { refusal } from './support/refusal.ts'
import { runFile } from './support/run.ts'
import { inScratch } from './support/scratch.ts'

const { test, slow } = tieredSuite('preprocessing of several inputs in the file')

const exported = (
  model: Model,
  input: InputEncoding,
  layout: 'nhwc' | 'nchw',
  preprocess: boolean,


test.run()
