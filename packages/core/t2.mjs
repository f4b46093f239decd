await import('onnxruntime-node')
