"""The policies that have names."""

from collections.abc import Mapping
from dataclasses import replace

from reunite.core.policy.policy import PROTECT, SPEC, Policy

PRESETS: Mapping[str, Policy] = {"spec": SPEC, "protect": PROTECT}


def preset_of(policy: Policy) -> str | None:
    """The preset that a policy equals in all but its region; None if it equals none."""
    region = policy.normalization.default_region
    for name, preset in PRESETS.items():
        rules = replace(preset.normalization, default_region=region)
        if replace(preset, normalization=rules) == policy:
            return name
    return None
