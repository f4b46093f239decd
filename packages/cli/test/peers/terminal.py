"""Runs a command in a terminal of 80 columns, and prints all that is shown there.

The first argument is a list in JSON of what appears and what is typed then, one after the other: [["Name: ", "Ada\\r"], ["serving", "\\u0003"]].
"""

import fcntl
import json
import os
import pty
import re
import struct
import sys
import termios

steps = json.loads(sys.argv[1])
command = sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    # The command's first line may be drawn before the size is set from outside.
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    os.environ["TERM"] = "xterm-256color"
    for name in ("CI", "NO_COLOR", "FORCE_COLOR"):
        os.environ.pop(name, None)
    os.execvp(command[0], command)
shown = b""
while True:
    try:
        data = os.read(terminal, 65536)
    except OSError:
        break
    if not data:
        break
    shown += data
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
    if steps:
        found = re.search(steps[0][0].encode(), shown)
        if found:
            os.write(terminal, steps.pop(0)[1].encode())
            # What was there before is no answer to what was typed.
            shown = shown[found.end() :]
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status) % 256)
