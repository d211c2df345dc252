"""Values of nobody that are easily found again, however they are spelt."""

import unicodedata
from dataclasses import dataclass
from urllib.parse import quote, unquote


@dataclass(frozen=True, slots=True)
class Marks:
    """What a person would send through one door: an email, a phone number and a name."""

    number: int

    @property
    def local(self) -> str:
        return f"zelda.quux{self.number:03}"

    @property
    def email(self) -> str:
        return f"{self.local}@hyrule{self.number:03}.example"

    @property
    def phone(self) -> str:
        return f"+1415867{self.number:04}"

    @property
    def name(self) -> str:
        return f"Xanthippe{self.number:03}"

    @property
    def all(self) -> tuple[str, ...]:
        """Values to send, also some that are malformed or spelt otherwise."""
        wide = "".join(chr(ord(each) + 0xFEE0) if each.isalnum() else each for each in self.email)
        return (
            self.email,
            self.phone,
            self.name,
            self.email.upper(),
            f"{self.local}@@{self.name}",
            f"call {self.phone} or {self.name}",
            wide,
            quote(self.email, safe=""),
            f"({self.phone[2:5]}) {self.phone[5:8]}-{self.phone[8:]}",
        )

    def found_in(self, text: str) -> list[str]:
        """The marks that a text holds in any case, width or encoding."""
        return [each for each in _sought(self) if each in _plain(text)]


MARKS = [Marks(number) for number in range(200)]


def lines_with_marks(text: str) -> list[str]:
    """The lines of a text that hold a mark of any door."""
    return [line for line in text.splitlines() if _holds(line)]


def _holds(text: str) -> bool:
    plain = _plain(text)
    return any(each in plain for each in ("zelda.quux", "1415867", "415867", "xanthippe", "hyrule"))


def _sought(marks: Marks) -> tuple[str, ...]:
    return marks.local, marks.phone[1:], marks.name.lower()


def _plain(text: str) -> str:
    escaped = text.encode("ascii", "backslashreplace").decode()
    forms = (text, unquote(unquote(text)), escaped.encode().decode("unicode_escape", "replace"))
    joined = "\n".join(unicodedata.normalize("NFKC", each).casefold() for each in forms)
    return joined + "\n" + joined.translate({ord(each): None for each in "()- +"})
