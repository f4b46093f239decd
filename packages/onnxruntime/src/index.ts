// The build puts onnxruntime-node beside this file, in the folder of that name.
export * from 'onnxruntime-node'
