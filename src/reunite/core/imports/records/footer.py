"""Rows below the last record of a table: what a spreadsheet or a report adds up."""

import re
import unicodedata
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reunite.core.imports.records.values import Row, Skipped

MAX_FOOTERS = 20
"""The most rows at the end of a file that can be footers."""

_MIN_DIGITS = 7
"""The least digits of a complete phone number; fewer may be a count."""
_LABEL_MAX_LENGTH = 40
_WORDS = """
    grand total, grand totals, grandtotal, overall total, subtotal, sub total
    total, totals, sum, count, average
    gesamt, gesamtsumme, gesamtergebnis, insgesamt, summe, zwischensumme, anzahl, durchschnitt
    total general, sous total, somme, moyenne, totales, suma, promedio, total geral, soma
    totale, totale generale, totale complessivo, subtotale, somma
    totaal, eindtotaal, subtotaal, aantal, gemiddelde, summa, totalt, i alt, yhteensa
    razem, suma koncowa, celkem, spolu, skupaj, ukupno, osszesen, toplam, genel toplam, ara toplam
    итого, всего, сумма, разом, усього, συνολο, סהכ, المجموع, الإجمالي
    合计, 总计, 小计, 合計, 総計, 總計, 小計, 합계, 총계, 소계
"""
# No person has these names, but a person may be called Total.
_NO_NAMES = """
    grand total, grand totals, grandtotal, overall total, subtotal, sub total
    gesamtsumme, gesamtergebnis, insgesamt, zwischensumme, total general, sous total
    total geral, totale generale
    totale complessivo, subtotale, eindtotaal, subtotaal, i alt, yhteensa, suma koncowa
    genel toplam, ara toplam, итого, всего, разом, усього, συνολο, סהכ, المجموع, الإجمالي
    合计, 总计, 小计, 合計, 総計, 總計, 小計, 합계, 총계, 소계
"""
_HYPHEN = re.compile(r"-(?=[^\W\d_])")
_QUOTES = "\"'\u05f4"


def _plain(text: str) -> str:
    """In lower case, without accents and quotes, and with a space for a hyphen within words."""
    text = unicodedata.normalize("NFKD", _HYPHEN.sub(" ", text.casefold()))
    kept = (each for each in text if not unicodedata.combining(each) and each not in _QUOTES)
    return unicodedata.normalize("NFC", "".join(kept))


_ROWS = "clients|contacts|customers|entries|items|kunden|lines|orders|records|rows|users|zeilen"
_LABELS, _STRONG_LABELS = (
    frozenset(
        _plain(word) for line in words.strip().split("\n") for word in line.strip().split(", ")
    )
    for words in (_WORDS, _NO_NAMES)
)
# What a spreadsheet writes and no phone number has: thousands, a fraction or an exponent.
_AMOUNT = re.compile(r"\d{1,3}(?:([.,'])\d{3})(?:\1\d{3})+(?:[.,]\d+)?|\d+[.,]\d+(?:E\+?\d+)?")
_SUM = re.compile(r"[1-9]\d*")
_LABEL = re.compile(
    rf"[\s*]*(?P<label>[^\W\d_](?:[^\d:=()]*[^\W\d_])?)\s*[:=]?\s*"
    rf"(?:\(?\d[\d.,\s]*\)?)?(?:\s+(?:{_ROWS}))?[\s*:.]*"
)
_OF_ROWS = re.compile(rf"\s(?:of )?(?:{_ROWS})$")


@dataclass(frozen=True, slots=True)
class Footers:
    """What tells a footer: a word such as ``Total``, no email, and no complete phone number.

    Phone numbers that are numbers for a spreadsheet have a sum, which is as long.
    ``email`` and ``phone_number`` are the places of these values in a record.
    """

    email: Sequence[int]
    phone_number: Sequence[int]

    def are_one(self, fields: Sequence[str]) -> bool:
        """Whether a record, if it is the last of a file, is a footer."""
        if any("@" in fields[index] for index in self.email):
            return False
        labels = _LABELS
        for index in self.phone_number:
            text = fields[index].strip()
            if _digit_count(text) < _MIN_DIGITS or _AMOUNT.fullmatch(text):
                continue
            if not _SUM.fullmatch(text):
                return False
            labels = _STRONG_LABELS
        return any(_is_label(field, labels) for field in fields)


class Ending:
    """The rows that are footers if the file ends behind them: held back until that is known."""

    def __init__(self, footers: Footers) -> None:
        self._footers = footers
        self.held: deque[tuple[Row | Skipped, bool]] = deque()

    def take(self, row: Row | Skipped, fields: Sequence[str] | Skipped) -> Iterator[Row | Skipped]:
        """The rows that are no footers now that this one follows; ``fields`` are all it has."""
        if isinstance(fields, Skipped):
            has_values, is_footer = True, False
        else:
            has_values = any(fields)
            is_footer = (
                has_values and row is not Skipped.MALFORMED and self._footers.are_one(fields)
            )
        if not is_footer and (has_values or not self.held):
            yield from (each for each, _ in self.held)
            self.held.clear()
            yield row
            return
        self.held.append((row, is_footer))
        if len(self.held) > MAX_FOOTERS:
            yield self.held.popleft()[0]

    def rest(self) -> Iterator[Row | Skipped]:
        """The rows that are held when the file ends."""
        for row, is_footer in self.held:
            yield Skipped.SUMMARY if is_footer else row


def _digit_count(text: str) -> int:
    return sum(map(str.isdecimal, text))


def _is_label(text: str, labels: frozenset[str]) -> bool:
    if not text or len(text) > _LABEL_MAX_LENGTH:
        return False
    found = _LABEL.fullmatch(_plain(text))
    return found is not None and _OF_ROWS.sub("", found["label"]) in labels
