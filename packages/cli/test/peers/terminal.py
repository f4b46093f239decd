"""Runs a command in a terminal of 80 columns, and prints all that is shown there. Ctrl-C is pressed when the text of the first argument appears."""

import fcntl
import os
import pty
import re
import struct
import sys
import termios

until, *command = sys.argv[1:]
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
    if until and re.search(until.encode(), shown):
        os.write(terminal, b"\x03")
        until = ""
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status) % 256)
