"""Folders for what memory does not hold: whose process has ended, they go."""

import os
import subprocess
import sys
import time
from pathlib import Path

from reunite.bulk.scratch import own_folder, remove_left

_HOLD = """
import sys, time
from pathlib import Path
from reunite.bulk.scratch import own_folder
with own_folder(Path(sys.argv[1])) as folder:
    (folder / "orders").write_text("a@x.example")
    print(folder, flush=True)
    time.sleep(600)
"""


def test_a_folder_is_there_for_its_block_alone(tmp_path):
    with own_folder(tmp_path) as folder:
        assert folder.parent == tmp_path
        assert folder.stat().st_mode & 0o777 == 0o700
        remove_left(tmp_path)
        assert folder.exists()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_goes_and_what_a_living_one_has_stays(tmp_path):
    command = [sys.executable, "-c", _HOLD, tmp_path]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as killed,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as living,
    ):
        left, kept = (each.stdout.readline().strip() for each in (killed, living))
        killed.kill()
        killed.wait()
        assert Path(left).exists()
        with own_folder(tmp_path) as folder:
            assert not Path(left).exists()
            assert Path(kept, "orders").exists()
            assert folder.exists()
        living.kill()
    remove_left(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_a_lock_goes_when_it_is_old(tmp_path):
    new, old, other = (tmp_path / name for name in ("reunite-bulk-a", "reunite-bulk-b", "other"))
    for folder in (new, old, other):
        folder.mkdir()
    (tmp_path / "reunite-bulk-link").symlink_to(other)
    hours_ago = time.time() - 7_200
    for folder in (old, other):
        os.utime(folder, (hours_ago, hours_ago))
    remove_left(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([new, other, tmp_path / "reunite-bulk-link"])
