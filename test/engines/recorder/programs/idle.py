# Says its process id and then does nothing for a minute.
import os
import time

print(os.getpid(), flush=True)
time.sleep(60)
