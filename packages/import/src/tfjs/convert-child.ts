// Converts a saved model of TensorFlow.js in a process of its own: node convert-child.ts MODEL FILE
import { writeFileSync } from 'node:fs'
import { AshlarError } from '@ashlar/errors'
import { loadTfjsModel, unfoldedOnnx } from '@ashlar/export'

const [model = '', file = ''] = process.argv.slice(2)
try {
  writeFileSync(file, await unfoldedOnnx(await loadTfjsModel(model)))
} catch (error) {
  const problem = error instanceof AshlarError ? error.problem : undefined
  process.stdout.write(JSON.stringify(problem ?? { hint: (error as Error).message }))
  process.exitCode = 3
}
