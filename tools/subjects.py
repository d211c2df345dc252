"""Check the subjects of commits: ``python -m tools.subjects``.

A subject says what the commit changes: ``area: Imperative sentence.``, at most 72 characters. The
commits since the last tag are checked; before the first tag, those since this check exists.
"""

import re
import shutil
import subprocess
import sys

_MAX_LENGTH = 72
_FORM = re.compile(r"[a-z][a-z0-9 _./-]*: [A-Z].*\.")


def main() -> int:
    """The exit code: 1 if a subject has another form."""
    base = _git("describe", "--tags", "--abbrev=0") or _git(
        "log", "--diff-filter=A", "--format=%H", "--", "tools/subjects.py"
    )
    log = _git("log", "--no-merges", "--format=%h %s", f"{base}..HEAD") if base else None
    if log is None:
        print("subjects: left out, there is no history of commits here")
        return 0
    subjects = [line.split(" ", 1) for line in log.splitlines()]
    wrong = [(id, subject) for id, subject in subjects if not is_well_formed(subject)]
    for id, subject in wrong:
        print(
            f"subjects: {id} {subject!r}: write 'area: Imperative sentence.', "
            f"at most {_MAX_LENGTH} characters"
        )
    print(f"subjects: {len(subjects)} commits looked at, {len(wrong)} to be written anew")
    return 1 if wrong else 0


def is_well_formed(subject: str) -> bool:
    """Whether a subject has the form, and is no longer than 72 characters."""
    return len(subject) <= _MAX_LENGTH and _FORM.fullmatch(subject) is not None


def _git(*arguments: str) -> str | None:
    """What git prints, without the last line's end; None where it fails or has nothing to say."""
    git = shutil.which("git")
    if git is None:
        return None
    done = subprocess.run([git, *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


if __name__ == "__main__":
    sys.exit(main())
