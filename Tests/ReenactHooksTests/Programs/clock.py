import threading
import time

start = time.monotonic()
print(time.time(), end=" ")
condition = threading.Condition()
with condition:
    condition.wait(0.2)
print("waited" if 0.15 < time.monotonic() - start < 10 else "wrong")
