import time


def fail(i):
    raise ValueError(i)


done = 0
for i in range(300):
    try:
        fail(i)
    except ValueError:
        done += 1
    time.sleep(0.005)
print("finished", done)
