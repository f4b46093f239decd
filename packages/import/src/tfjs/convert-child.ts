// Converts a saved model of TensorFlow.js in a process of its own: node convert-child.ts MODEL FILE
import { writeFileSync } from 'node:fs'
import { AshlarError } from '@ashlar/errors'
import { loadTfjsModel, unfoldedOnnx } from '@ashlar/export'

const [model = '', file = ''] = process.argv.slice(2)
try {
  writeFileSync(file, await unfoldedOnnx(await loadTfjsModel(model)))
} catch (error) {
  // What reads this may be told of a model that is damaged, or of a fault here.
  process.stdout.write(`\n${JSON.stringify({ message: (error as Error).message })}`)
  process.exitCode = error instanceof AshlarError ? 3 : 4
}
