import * as tf from '@tensorflow/tfjs'
import { findNative } from '../../../src/install/find.ts'
import { loadTensorflow } from '../../../src/load/load-tensorflow.ts'

/** A test of uvu. */
type Test = ((name: string, run: () => Promise<void> | void) => void) & {
  skip: (name: string, run: () => Promise<void> | void) => void
}

/**
 * A suite's `test` where TensorFlow native is installed; elsewhere one that skips, and says so once.
 *
 * @example const check = await whereInstalled(test)
 */
export async function whereInstalled(
  test: Test,
): Promise<(name: string, run: () => Promise<void> | void) => void> {
  if ((await findNative()).state === 'ready') {
    await loadTensorflow()
    await tf.setBackend('cpu')
    // With the first tensor tfjs would advise to install what is installed.
    tf.env().set('IS_TEST', true)
    tf.scalar(0).dispose()
    tf.env().set('IS_TEST', false)
    return test
  }
  process.stdout.write('  skipped: TensorFlow native is not installed (ashlar native install)\n')
  test.skip('where TensorFlow native is installed', () => undefined)
  return test.skip
}
