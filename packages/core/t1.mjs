await import('@tensorflow/tfjs')
