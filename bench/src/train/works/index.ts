import type { Declaration } from '../declaration.ts'
import { conv1d } from './conv1d/work.ts'
import { convnext } from './convnext/work.ts'
import { efficientnet } from './efficientnet/work.ts'
import { encoder } from './encoder/work.ts'
import { fineTuneResnet18 } from './fine-tune-resnet18/work.ts'
import { fineTuneVitTiny } from './fine-tune-vit-tiny/work.ts'
import { gpt } from './gpt/work.ts'
import { gru } from './gru/work.ts'
import { lstm } from './lstm/work.ts'
import { miniResnet } from './mini-resnet/work.ts'
import { mlp } from './mlp/work.ts'
import { mobilenetV2 } from './mobilenet-v2/work.ts'
import { resnet18 } from './resnet18/work.ts'
import { resnet18At64 } from './resnet18-64/work.ts'
import { resnet20 } from './resnet20/work.ts'
import { table } from './table/work.ts'
import { textGpt } from './text-gpt/work.ts'
import { uNet } from './u-net/work.ts'
import { vgg } from './vgg/work.ts'
import { vit } from './vit/work.ts'

/** All networks that are measured, in this order; the only list of them. */
export const declarations: readonly Declaration[] = [
  miniResnet,
  resnet18,
  resnet18At64,
  resnet20,
  mlp,
  vgg,
  mobilenetV2,
  efficientnet,
  lstm,
  gru,
  encoder,
  gpt,
  textGpt,
  vit,
  convnext,
  uNet,
  conv1d,
  table,
  fineTuneResnet18,
  fineTuneVitTiny,
]

/** @throws RangeError for a name that is not in the list. */
export function declarationOf(name: string): Declaration {
  const found = declarations.find((each) => each.name === name)
  if (found === undefined) throw new RangeError(`there is no work ${name}`)
  return found
}
