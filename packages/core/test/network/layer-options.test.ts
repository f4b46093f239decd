import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { layers, Model, onnxruntimeEngine, runProgram, tfjsEngine } from '../../src/index.ts'

await tf.ready()
const test = suite('options of layers that tfjs offers or Keras has')
