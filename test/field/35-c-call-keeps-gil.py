# A camera driver waits for the next frame inside of C code and keeps the GIL meanwhile.
# expect: sleeps-with-gil here by camera
# never: serialised
import ctypes
import threading
import time

driver = ctypes.PyDLL(None)  # calls of a PyDLL keep the GIL
frames = 0


def capture():
    global frames
    while frames < 40:
        driver.usleep(33_000)  # here
        frames += 1


camera = threading.Thread(target=capture, name='camera')
camera.start()
beats = 0
while camera.is_alive():
    time.sleep(0.005)
    beats += 1
print(f'{beats} heartbeats in {frames} frames')
