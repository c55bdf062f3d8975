"""at-the-terminal.py MILLISECONDS COMMAND...: Ctrl-C after that time, as a terminal sends it: to the whole group.

Exit status: the command's own; 99 if it has not ended 20 s later (it is then killed).
"""

import os
import signal
import subprocess
import sys
import time

signal.signal(signal.SIGINT, signal.SIG_DFL)
child = subprocess.Popen(sys.argv[2:], start_new_session=True)
time.sleep(int(sys.argv[1]) / 1000)
try:
    os.killpg(child.pid, signal.SIGINT)
except ProcessLookupError:
    pass
try:
    status = child.wait(20)
except subprocess.TimeoutExpired:
    os.killpg(child.pid, signal.SIGKILL)
    sys.exit(99)
sys.exit(status if status >= 0 else 128 - status)
