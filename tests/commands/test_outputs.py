"""Output files: whole or not at all, and never in place of what is needed."""

import errno
import os
from pathlib import Path

import pytest

from reunite.outputs import Unusable, require_usable, written_whole

pytestmark = pytest.mark.any_database


def test_a_file_appears_when_it_is_whole(tmp_path):
    path = tmp_path / "out.csv"
    with written_whole(path) as part:
        part.write_text("half")
        assert not path.exists()
        part.write_text("whole")
    assert path.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [path]


def test_what_breaks_off_leaves_the_file_that_was_there(tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("before")
    path.chmod(0o640)
    for error in (OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()):
        with pytest.raises(type(error)) as raised, written_whole(path) as part:
            part.write_text("half")
            raise error
        if isinstance(error, OSError):
            assert raised.value.filename == str(path)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]
    with written_whole(path, mode=0o600) as part:
        part.write_text("after")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("after", 0o640)


def test_a_link_stays_a_link_and_a_device_a_device(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    link.symlink_to(target)
    with written_whole(link) as part:
        part.write_text("new")
    assert (link.is_symlink(), target.read_text()) == (True, "new")
    with written_whole(Path("/dev/null")) as part:
        part.write_text("nowhere")
    assert not Path("/dev/null").is_file()


def test_a_disk_that_is_full_leaves_no_file(tmp_path):
    with pytest.raises(OSError, match="No space"), written_whole(Path("/dev/full")) as part:
        part.write_text("x" * 100_000)


@pytest.mark.parametrize("way", ["itself", "symbolic link", "hard link", "another way"])
def test_no_output_overwrites_what_is_kept(tmp_path, way):
    kept = tmp_path / "orders.csv"
    kept.write_text("email\n")
    output = tmp_path / "output.csv"
    match way:
        case "itself":
            output = kept
        case "symbolic link":
            output.symlink_to(kept)
        case "hard link":
            os.link(kept, output)
        case "another way":
            output = tmp_path / ".." / tmp_path.name / "orders.csv"
    with pytest.raises(Unusable, match="overwrite a file that is in use"):
        require_usable({"--refused": output}, kept=[kept])


def test_outputs_are_other_files_than_each_other(tmp_path):
    one = tmp_path / "out"
    (tmp_path / "link").symlink_to(one)
    for other in (one, tmp_path / "link"):
        with pytest.raises(Unusable, match="--refused and --chart are the same file"):
            require_usable({"--refused": one, "--chart": other}, kept=[])
    null = Path("/dev/null")
    require_usable({"--refused": null, "--chart": null, "--other": None}, kept=[])


def test_outputs_need_a_folder(tmp_path):
    for path in (tmp_path, tmp_path / "no" / "file"):
        with pytest.raises(Unusable, match="cannot be written"):
            require_usable({"--refused": path}, kept=[])
