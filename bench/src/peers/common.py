"""The worker's end of the JSON lines that the bench speaks, for Python."""

import json
import math
import os
import resource
import sys
import time
import traceback

# Whatever a library prints must not get between the answers.
ANSWERS = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)


def read_request():
    line = sys.stdin.readline()
    if not line:
        sys.exit(0)
    return json.loads(line)


def answer(result):
    ANSWERS.write(json.dumps({"result": result}) + "\n")


def peak_memory():
    """The most memory this process has held at once, in MiB."""
    try:
        with open("/proc/self/status") as status:
            line = next(line for line in status if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    except OSError:
        scale = 2**20 if sys.platform == "darwin" else 2**10
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale


def load(data):
    """The data files as they are: inputs and labels, each [length, ...]."""
    import numpy

    def read(stored):
        array = numpy.fromfile(stored["path"], stored["dtype"])
        return array.reshape(data["length"], *stored["shape"])

    return read(data["inputs"]), read(data["labels"])


def scaled(data, inputs):
    """Inputs as networks take them: bytes scaled from their range to 0..1, in float32."""
    if inputs.dtype != "uint8":
        return inputs
    low, high = data["inputRange"]
    return (inputs.astype("float32") - low) / (high - low)


def networks(work):
    """The module with the networks of a work for the peers."""
    import importlib.util

    spec = importlib.util.spec_from_file_location("peers", work["peers"])
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def one_cycle(highest, step, steps):
    """A rate that climbs from a 25th of its highest over three tenths of all steps, and falls far below, along half a cosine each."""

    def between(start, end, done):
        return end + (start - end) / 2 * (1 + math.cos(math.pi * done))

    top, end = 0.3 * steps - 1, steps - 1
    first = highest / 25
    if step <= top:
        return between(first, highest, step / top if top > 0 else 1)
    return between(highest, first / 1e4, (step - top) / (end - top))


class Stepper:
    """Lets a loop run for a while at a time: it calls done() after each step. clock() gives seconds of processor time."""

    def __init__(self, ready, clock=time.process_time):
        self.ready = ready
        self.clock = clock
        self.images = 0
        self.began = None
        self.until = 0.0

    def done(self, images):
        self.images += images
        now = time.perf_counter()
        if now < self.until:
            return
        if self.began is None:
            # The first step: what was asked for was to get ready.
            answer({**self.ready, "processor": self.clock()})
        else:
            used = self.clock() - self.used
            answer({"images": self.images, "seconds": now - self.began, "processor": used})
        self.wait()

    def wait(self):
        """Answers until the next measurement is asked for."""
        while True:
            request = read_request()
            if request["method"] == "memory":
                answer({"peak": peak_memory()})
            elif request["method"] == "details":
                answer({})
            elif request["method"] == "measure":
                break
            else:
                raise ValueError("no method " + request["method"])
        self.images = 0
        self.began, self.used = time.perf_counter(), self.clock()
        self.until = self.began + request["seconds"]


def serve(handlers):
    """Calls handlers[method](request) of the first request, which answers itself and may loop for ever, and reports what goes wrong."""
    try:
        request = read_request()
        handlers[request["method"]](request)
    except Exception:
        ANSWERS.write(json.dumps({"error": traceback.format_exc()}) + "\n")


def serve_requests(handlers):
    """Answers one request after the other by handlers[method](request), and reports what goes wrong."""
    while True:
        request = read_request()
        try:
            answer(handlers[request["method"]](request))
        except Exception:
            ANSWERS.write(json.dumps({"error": traceback.format_exc()}) + "\n")
