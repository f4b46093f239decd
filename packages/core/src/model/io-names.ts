import type * as tf from '@tensorflow/tfjs'

/**
 * The name of an input or output as it stands in a functional model; undefined for one that tfjs made up from class names and a counter of the process, such as
 * `dense_Dense7`: the same program would give another name the next time.
 */
export function chosenName(name: string): string | undefined {
  const plain = name.replace(/_input$/, '')
  const [, word, className] = plain.match(/^(?:(.+)_)?([A-Za-z0-9]+?)\d+$/) ?? []
  const isMadeUp =
    className !== undefined &&
    (word === undefined ? className === 'input' : snakeCase(className) === word)
  return isMadeUp ? undefined : name
}

/** As tfjs makes names from class names: `BatchNormalization` becomes `batch_normalization`. */
function snakeCase(className: string): string {
  return className
    .replace(/(.)([A-Z][a-z0-9]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
}

/** Equal names get numbers: `output1`, `output2`. */
export function uniqueNames(names: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  const seen = new Map<string, number>()
  return names.map((name) => {
    if (counts.get(name) === 1) return name
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    return `${name}${count}`
  })
}

/** Names of the inputs of a functional or Sequential model: those that somebody chose, else `input1`, `input2`. */
export function inputNamesOf(network: tf.LayersModel): string[] {
  return uniqueNames(network.inputNames.map((name) => chosenName(name) ?? 'input'))
}

/** Names of its outputs: those of the layers that give them where somebody chose these, else `output1`, `output2`. */
export function outputNamesOf(network: tf.LayersModel): string[] {
  return uniqueNames(network.outputNames.map((name) => chosenName(name) ?? 'output'))
}
