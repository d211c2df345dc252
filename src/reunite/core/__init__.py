"""The pure part: identifiers, persons and plans. No Django, no I/O, no clock."""
