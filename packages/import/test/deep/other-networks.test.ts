import { inScratch, sampleOf } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exportAndCompare, hasNetworks, python } from '../support/real-networks.ts'

const test = suite('other networks of torchvision and timm')

/** Of many families: attention of all kinds, gates, shuffles, mixtures of tokens, reparametrized branches, standardized weights. */
const NETWORKS = sampleOf(6, 'other networks', [
  'timm:mobilevit_xxs:64:script',
  'timm:edgenext_xx_small:64:script',
  'timm:edgenext_xx_small:64',
  'timm:mobilenetv4_conv_small:64:script',
  'timm:ghostnet_100:64:script',
  'timm:lcnet_050:64:script',
  'timm:convnextv2_atto:64:script',
  'timm:coat_lite_tiny:64:script',
  'timm:efficientvit_b0:64:script',
  'timm:dla46_c:64:script',
  'timm:fastvit_t8:64:script',
  'timm:repvit_m0_9:64:script',
  'timm:repvgg_a0:64:script',
  'timm:res2net50_14w_8s:64:script',
  'timm:nf_regnet_b0:64:script',
  'timm:inception_next_atto:64:script',
  'timm:poolformer_s12:64:script',
  'timm:hrnet_w18_small:64:script',
  'timm:semnasnet_075:64:script',
  'timm:starnet_s1:64:script',
  'timm:tinynet_e:64:script',
  'timm:xcit_nano_12_p16_224:64:script',
  'timm:skresnet18:64:script',
  'timm:davit_tiny:64:script',
  'torchvision:shufflenet_v2_x0_5:64:script',
  'torchvision:squeezenet1_1:64',
  'torchvision:mnasnet0_5:64:script',
  'torchvision:lraspp_mobilenet_v3_large:64:script',
])

/** So many of them may do badly, and are told with their reasons. */
const MOST = 2

if (hasNetworks('onnxscript')) {
  test('give what they should, and after export again', () =>
    inScratch({}, async (folder) => {
      const outcomes = await exportAndCompare('write-networks.py', [folder, ...NETWORKS])
      const good = outcomes.filter(({ problem }) => problem === undefined)
      process.stdout.write(`${good.length} of ${NETWORKS.length}\n`)
      const others = outcomes.filter(({ problem }) => problem !== undefined)
      assert.is(outcomes.length, NETWORKS.length)
      assert.ok(others.length <= MOST, JSON.stringify(others, undefined, 2))
    }))
} else test.skip(`${python} has no torchvision, timm and onnxscript: run scripts/peers/setup`)

test.run()
