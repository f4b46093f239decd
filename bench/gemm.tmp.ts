import { createValue, emptyGraph } from '../packages/graph/src/ir/index.ts'; import { writeOnnx } from '../packages/graph/src/onnx/write.ts'; import { createSession } from '../packages/graph/src/session/session.ts'
import * as ort from 'onnxruntime-node'
import { OnnxBuilder } from '../packages/graph/src/lower/builder.ts'
const cpu=()=>{const c=process.cpuUsage();return (c.user+c.system)/1000}
for (const [m,k,n] of [[4096,128,512],[4096,512,128],[128,4096,512],[4096,128,384],[1024,1024,1024]])
 for (const [tA,tB] of [[0,0],[1,0],[0,1]]) {
  const g = emptyGraph(); const b = new OnnxBuilder(g)
  const a = createValue(tA?[k,m]:[m,k],'float32',{name:'a'}), bb=createValue(tB?[n,k]:[k,n],'float32',{name:'b'})
  g.inputs.push({name:'a',value:a,state:false},{name:'b',value:bb,state:false})
  for (let i=0;i<4;i++) { const y=b.node('Gemm',[a,bb],{transA:tA,transB:tB,alpha:1+i},{shape:[m,n],dtype:'float32'}); g.outputs.push({name:'y'+i,value:y,state:false}) }
  const s = await createSession(writeOnnx(g,{opset:17}),{threads:1})
  const f={a:new ort.Tensor('float32',new Float32Array(m*k).map(()=>Math.random()),a.shape as number[]),b:new ort.Tensor('float32',new Float32Array(n*k).map(()=>Math.random()),bb.shape as number[])}
  const outs=Object.fromEntries([0,1,2,3].map(i=>['y'+i,new ort.Tensor('float32',new Float32Array(m*n),[m,n])]))
  await s.run(f,outs); let best=1e9; for(let r=0;r<7;r++){const t=cpu(); await s.run(f,outs); best=Math.min(best,cpu()-t)}
  best/=4
  console.log(m,k,n,tA,tB,best.toFixed(2),'ms',(2*m*k*n/best/1e6).toFixed(0),'GF')
 }
process.exit(0)
