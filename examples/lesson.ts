// A residual network by subclassing Model, layer by layer, trained on MNIST and exported to mini-resnet.onnx.
//
//   pnpm --filter @ashlar/examples lesson            all 60,000 images
//   pnpm --filter @ashlar/examples lesson 4000       the first 4,000

import { instantiate, layers, loadSamples, Model } from '@ashlar/core'
import { mnist } from '@ashlar/datasets'
import { onnxExporter } from '@ashlar/export'
import type { Tensor } from '@tensorflow/tfjs'

class IdentityBlock extends Model {
  conv1
  bn1 = layers.batchNormalization()
  conv2
  bn2 = layers.batchNormalization()
  act = layers.activation({ activation: 'relu' })
  add = layers.add()

  constructor(filters: number, kernelSize: number) {
    super()
    this.conv1 = layers.conv2d({ filters, kernelSize, padding: 'same' })
    this.conv2 = layers.conv2d({ filters, kernelSize, padding: 'same' })
  }

  override call(input: Tensor): Tensor {
    let x = this.conv1.apply(input)
    x = this.bn1.apply(x)
    x = this.act.apply(x)

    x = this.conv2.apply(x)
    x = this.bn2.apply(x)

    x = this.add.apply([x, input])
    return this.act.apply(x)
  }
}

class MiniResNet extends Model {
  conv = layers.conv2d({ filters: 64, kernelSize: 7, padding: 'same' })
  bn = layers.batchNormalization()
  act = layers.activation({ activation: 'relu' })
  maxPool = layers.maxPooling2d({ poolSize: 3 })
  id1a = new IdentityBlock(64, 3)
  id1b = new IdentityBlock(64, 3)
  globalPool = layers.globalAveragePooling2d()
  classifier

  constructor(numClasses: number) {
    super()
    this.classifier = layers.dense({ units: numClasses, activation: 'softmax' })
  }

  override call(images: Tensor): Tensor {
    let x = this.conv.apply(images)
    x = this.bn.apply(x)
    x = this.act.apply(x)
    x = this.maxPool.apply(x)

    x = this.id1a.apply(x)
    x = this.id1b.apply(x)

    x = this.globalPool.apply(x)
    return this.classifier.apply(x)
  }
}

const limit = Number(process.argv[2] ?? 60_000)
const { train, test } = await loadSamples(instantiate(mnist, { limit }))

const resnet = new MiniResNet(10)
resnet.compile({
  optimizer: 'adam',
  loss: 'sparse_categorical_crossentropy',
  metrics: ['accuracy'],
})

const history = await resnet.fit(train, { epochs: 1, batchSize: 64 })
console.log(String(resnet.summary()))
console.log('training', history.epochs.at(-1)?.metrics)
console.log('test', await resnet.evaluate(test))

const { data } = await resnet.predict(test)
const first = data.slice(0, 10)
console.log('the first test image is a', first.indexOf(Math.max(...first)))

const { file, verification } = await resnet.export('mini-resnet.onnx', onnxExporter(), {
  samples: test,
})
console.log(`${file.path}: ${file.nodes} nodes, equal within ${verification.maxAbsolute}`)
