import os
import subprocess
import sys

if len(sys.argv) == 2:
    place = sys.argv[1] + "/other"
    os.makedirs(place)
    with open(place + "/sitecustomize.py", "w") as file:
        file.write("print('other sitecustomize', flush=True)\n")
    os.environ["PYTHONPATH"] += ":" + place
    os.execv(sys.executable, [sys.executable, __file__, "close", "all"])

# What daemons do: close everything that is open.
os.closerange(3, 4096)
print("closed", flush=True)


def fail():
    raise RuntimeError("still told")


fail()
