// The build puts onnxruntime-node into vendor/, and its place here.
export * from 'onnxruntime-node'
