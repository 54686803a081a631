"""Runs every check of .ci/static, and ends with 1 if one is not content."""

import signal
import sys
import time

import act
import behave
import lint
import reports

# What was started is ended, also when time is up.
signal.signal(signal.SIGTERM, lambda *_: sys.exit("not done in time"))
passed, failed, began = 0, 0, time.monotonic()
try:
    for part in lint, reports, behave:
        print(f"-- {part.__name__} ({time.monotonic() - began:.0f} s)", flush=True)
        for name, wrong in part.run():
            passed, failed = (passed, failed + 1) if wrong else (passed + 1, failed)
            print(f"{'FAIL' if wrong else 'ok  '} {name}", *wrong[:8], sep="\n     ", flush=True)
finally:
    for machine in act.Machine.started:
        machine.end()
print(f"{passed} passed, {failed} failed in {time.monotonic() - began:.0f} s")
sys.exit(failed > 0)
