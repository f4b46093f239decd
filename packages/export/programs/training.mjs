// A training step that lies in files: what train.mjs and train.html share.

const ARRAYS = { F32: Float32Array, I32: Int32Array, U8: Uint8Array }
const TYPES = { F32: 'float32', I32: 'int32', U8: 'uint8' }

/** A safetensors file: tensors by name, and its metadata. See https://github.com/huggingface/safetensors */
export function readSafetensors(bytes) {
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
  const length = Number(new DataView(buffer).getBigUint64(0, true))
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)))
  const { __metadata__: metadata = {}, ...entries } = header
  const tensors = Object.entries(entries).map(([name, { dtype, shape, data_offsets }]) => {
    const [start, end] = data_offsets.map((offset) => 8 + length + offset)
    return [name, { dtype, shape, data: new ARRAYS[dtype](buffer.slice(start, end)) }]
  })
  return { tensors: Object.fromEntries(tensors), metadata }
}

/** The bytes of a safetensors file. */
export function writeSafetensors({ tensors, metadata }) {
  const header = { __metadata__: metadata }
  let offset = 0
  for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [offset, offset + data.byteLength] }
    offset += data.byteLength
  }
  const json = new TextEncoder().encode(JSON.stringify(header))
  const length = Math.ceil(json.length / 8) * 8
  const bytes = new Uint8Array(8 + length + offset).fill(32, 8, 8 + length)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true)
  bytes.set(json, 8)
  let place = 8 + length
  for (const { data } of Object.values(tensors)) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), place)
    place += data.byteLength
  }
  return bytes
}

/** A training that goes on from a state. */
export class Trainer {
  /**
   * @param ort onnxruntime-node or onnxruntime-web.
   * @param files bytes of train.onnx, eval.onnx and state.safetensors, and training.json.
   */
  static async open(ort, { train, evaluate, state, description }) {
    const options = { logSeverityLevel: 3 }
    return new Trainer(ort, description, readSafetensors(state), {
      train: await ort.InferenceSession.create(train, options),
      evaluate: await ort.InferenceSession.create(evaluate, options),
    })
  }

  constructor(ort, description, { tensors, metadata }, sessions) {
    this.ort = ort
    this.description = description
    this.sessions = sessions
    this.done = Number(metadata.step ?? 0)
    this.metadata = metadata
    this.stored = tensors
    this.state = Object.fromEntries(
      Object.entries(tensors).map(([name, { dtype, shape, data }]) => [
        name,
        new ort.Tensor(TYPES[dtype], data, shape),
      ]),
    )
  }

  /** What the schedule says for the next step. */
  get learningRate() {
    const { learningRates } = this.description
    return learningRates[Math.min(this.done, learningRates.length - 1)]
  }

  /** Rows of a data file that make the next batch: one batch after the other, from the start again at the end. */
  batch(tensors) {
    const { batchSize } = this.description
    const take = ({ dtype, shape, data }) => {
      const [count] = shape
      const size = data.length / count
      const rows = new ARRAYS[dtype](batchSize * size)
      for (let row = 0; row < batchSize; row++) {
        const from = ((this.done * batchSize + row) % count) * size
        rows.set(data.subarray(from, from + size), row * size)
      }
      return new this.ort.Tensor(TYPES[dtype], rows, [batchSize, ...shape.slice(1)])
    }
    return Object.fromEntries(Object.entries(tensors).map(([name, all]) => [name, take(all)]))
  }

  /** One step; gives the loss before it. */
  async step(batch, { learningRate = this.learningRate, seed = 0 } = {}) {
    const { Tensor } = this.ort
    const results = await this.run('train', {
      ...batch,
      learningRate: new Tensor('float32', Float32Array.of(learningRate), []),
      step: new Tensor('int32', Int32Array.of(this.done), []),
      seed: new Tensor('int32', Int32Array.of(seed), []),
    })
    for (const name of Object.keys(this.state)) {
      this.state[name] = results[`next.${name}`] ?? this.state[name]
    }
    this.done++
    return Number(results.loss.data[0])
  }

  /** Loss and predictions of a batch, without training. */
  async evaluate(batch) {
    const { loss, ...predictions } = await this.run('evaluate', batch)
    return { loss: Number(loss.data[0]), ...predictions }
  }

  /** The bytes of a state.safetensors to go on from. */
  save() {
    const tensors = Object.entries(this.stored).map(([name, { dtype, shape }]) => [
      name,
      { dtype, shape, data: this.state[name].data },
    ])
    const metadata = { ...this.metadata, step: String(this.done) }
    return writeSafetensors({ tensors: Object.fromEntries(tensors), metadata })
  }

  async run(which, given) {
    const session = this.sessions[which]
    const all = { ...this.state, ...given }
    const feeds = Object.fromEntries(session.inputNames.map((name) => [name, all[name]]))
    return session.run(feeds)
  }
}
