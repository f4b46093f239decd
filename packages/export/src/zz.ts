// what tfjs does with channels first, on cpu and wasm, against channels last between transposes
import * as tf from '@tensorflow/tfjs'
import { referenceBackends } from './verify/reference.ts'
await referenceBackends[1]!.prepare()
const t=(s:number[],seed=1)=>tf.randomNormal(s,0,1,'float32',seed)
const f4=[0,3,1,2], l4=[0,2,3,1], f5=[0,4,1,2,3]
const ops:Record<string,[(x:any,fmt:any)=>any, number[]]> = {
 conv2d:[(x,fmt)=>tf.conv2d(x,t([3,3,4,5],2) as any,2,'same',fmt),[2,7,8,4]],
 conv2dpad:[(x,fmt)=>tf.conv2d(x,t([3,3,4,5],2) as any,1,(fmt==='NCHW'?[[0,0],[0,0],[1,0],[0,2]]:[[0,0],[1,0],[0,2],[0,0]]) as any,fmt),[2,7,8,4]],
 dil:[(x,fmt)=>tf.conv2d(x,t([3,3,4,5],2) as any,1,'same',fmt,2),[2,7,8,4]],
 fused:[(x,fmt)=>tf.fused.conv2d({x,filter:t([3,3,4,5],2) as any,strides:1,pad:'same',dataFormat:fmt,bias:t([5],3),activation:'relu'}),[2,7,8,4]],
 depthwise:[(x,fmt)=>tf.depthwiseConv2d(x,t([3,3,4,2],2) as any,1,'same',fmt),[2,7,8,4]],
 fuseddw:[(x,fmt)=>tf.fused.depthwiseConv2d({x,filter:t([3,3,4,2],2) as any,strides:1,pad:'same',dataFormat:fmt,bias:t([8],3)}),[2,7,8,4]],
 sep:[(x,fmt)=>tf.separableConv2d(x,t([3,3,4,2],2) as any,t([1,1,8,3],4) as any,1,'same',1,fmt),[2,7,8,4]],
 d2s:[(x,fmt)=>tf.depthToSpace(x,2,fmt),[2,3,5,8]],
 conv3d:[(x,fmt)=>tf.conv3d(x,t([2,2,2,2,3],2) as any,1,'same',fmt==='NCHW'?'NCDHW' as any:'NDHWC'),[2,4,5,3,2]],
 maxPool3d:[(x,fmt)=>tf.maxPool3d(x,2,2,'same',undefined as any,fmt==='NCHW'?'NCDHW':'NDHWC'),[2,4,5,3,2]],
 avgPool3d:[(x,fmt)=>tf.avgPool3d(x,2,2,'same',undefined as any,fmt==='NCHW'?'NCDHW':'NDHWC'),[2,4,5,3,2]],
 bn:[(x,fmt)=>{const s=fmt==='NCHW'?[1,4,1,1]:[4]; const p=(k:number)=>tf.reshape(tf.abs(t([4],k)),s) as any; return tf.batchNorm(x,p(5),p(6),p(7),p(8),1e-3)},[2,7,8,4]],
}
for(const [name,[op,shape]] of Object.entries(ops)) for(const b of ['cpu','wasm']){ await tf.setBackend(b)
 let want:any; try{ want=op(t(shape),'NHWC') }catch(e:any){console.log(name,b,'NHWC throws',e.message.slice(0,80)); continue}
 try{ const r=shape.length; const x=tf.transpose(t(shape),r===4?f4:f5); const y=op(x,'NCHW'); const w=tf.transpose(want,r===4?f4:f5)
 const same=String(y.shape)===String(w.shape); console.log(name,b,same?tf.max(tf.abs(tf.sub(y,w))).dataSync()[0]:'shape '+y.shape+' want '+w.shape)}catch(e:any){console.log(name,b,'NCHW throws',e.message.slice(0,120))}
}
