"""Look the pinned requirements up among known vulnerabilities: ``python -m tools.audit``.

Fails on a vulnerability. Where the package registry gives no advisories, it says so and passes: a
machine without them must still be able to run the other checks.
"""

import json
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path("requirements/dev.txt")


def main() -> int:
    """The exit code: 1 with a vulnerability or without an answer that can be read."""
    command = ["pip-audit", "--requirement", str(REQUIREMENTS), "--require-hashes", "--disable-pip"]
    audit = subprocess.run(
        [str(Path(sys.executable).with_name(command[0])), *command[1:], "--format", "json"],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        dependencies = json.loads(audit.stdout)["dependencies"]
    except ValueError:
        reason = audit.stderr.strip().splitlines()[-1:] or ["no output"]
        print(f"audit: left out, the registry cannot be asked ({reason[0]})")
        return 0
    unanswered = [each["name"] for each in dependencies if "skip_reason" in each]
    vulnerable = [each for each in dependencies if each.get("vulns")]
    for each in vulnerable:
        advisories = ", ".join(vulnerability["id"] for vulnerability in each["vulns"])
        print(f"audit: {each['name']} {each['version']}: {advisories}")
    print(
        f"audit: {len(dependencies) - len(unanswered)} of {len(dependencies)} requirements looked "
        f"up, {len(vulnerable)} vulnerable"
        + (", the others left out: the registry gives no advisories for them" * bool(unanswered))
    )
    return 1 if vulnerable else 0


if __name__ == "__main__":
    sys.exit(main())
