"""Writes the ONNX file that the network of a work is: export_network.py PEERS SIZES PATH, where SIZES is JSON."""

import json
import sys

import common

if __name__ == "__main__":
    peers, sizes, path = sys.argv[1:]
    common.networks({"peers": peers}).export(json.loads(sizes), path)
