import * as tf from '@tensorflow/tfjs'

type Arguments = Parameters<typeof tf.layers.rnn>[0]

/**
 * A recurrent layer made of a cell. tfjs's takes sequences of vectors alone; a convolutional cell needs the layer that tfjs has for it, which makes a cell of
 * its own: it is given the one that was meant.
 */
export function makeRnn(args: Arguments): ReturnType<typeof tf.layers.rnn> {
  const { cell, ...rest } = args
  if (Array.isArray(cell) || cell?.getClassName() !== 'ConvLSTM2DCell') return tf.layers.rnn(args)
  const config = { ...cell.getConfig(), ...rest } as unknown
  const layer = tf.layers.convLstm2d(config as Parameters<typeof tf.layers.convLstm2d>[0])
  Object.assign(layer, { cell })
  return layer as unknown as ReturnType<typeof tf.layers.rnn>
}
