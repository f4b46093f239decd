await import('@ashlar/graph')
