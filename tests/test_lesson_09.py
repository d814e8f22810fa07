"""What lesson 09 prints for the reader to run as a script of their own runs as printed."""

import re
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "solutions/09_scaling_up.py"


def printed_script(word: str) -> str:
    """The ```python block of the lesson's prose that holds a word."""
    prose = re.sub(r"^# ?", "", SOURCE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    (script,) = [b for b in re.findall(r"```python\n(.*?)```", prose, re.DOTALL) if word in b]
    return script


def test_one_model_on_two_devices_runs_as_printed():
    script = printed_script("MirroredStrategy")
    told = """
stars = model.predict([rows, np.zeros((256, 1))], verbose=0)
print(strategy.num_replicas_in_sync, np.isfinite(stars).all())
"""
    run = [sys.executable, "-c", script + told]  # a strategy over no device would wait for ever
    done = subprocess.run(run, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines()[-1] == "2 True"
