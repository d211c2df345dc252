"""How messages name columns: what stands in a first line may be a person's own value.

So a column is named if its name is made of words that columns are named with, else by its number.
"""

import re
import unicodedata
from collections.abc import Sequence

_VOCABULARY = """
    a about accepts account accounts active added additional address adresse age agent alt
    alternate amount and anschrift apellido area at attribute average avg balance basket
    bestell bestellnummer billing birth birthday bounced brand browser business buyer
    campaign cancelled cart category cell cellulare celular channel cidade city clicks
    client code color colour comment comments company confirm confirmed consent contact
    correo count country county coupon courriel created creation currency custom customer
    data date dated datetime datum day de default delivery department description device
    direccion discount display district division do dob domain double e email emailaddress
    emails employee end erp erstellt event events export external family fax fecha feedback
    fees field file firma first firstname for formatted from fulfillment full geburtstag
    gender given group groups handle handy has hash hausnummer height home house id
    identifier in indirizzo initials insight inventory invoice ip is item items job kind
    kontakt kunde kunden kundennummer label labels land lang language last lastname latitude
    lead leads level line lineitem list location login longitude mail mailing mails manager
    marketing member memo message method middle mobil mobile mobiltelefon modified money
    month movil nachname name names net newsletter nickname no nombre nome note notes number
    nummer of on open opens opted optin option optout order ordered orders organization
    origin ort other outstanding owner paid parent password payment person personal phone
    phones phonetic photo placed plan plz po portable position post postal postcode prefix
    presentment price primary priority processed product products profile province purchase
    quantity rating reason receipt record ref reference referrer refunded region registered
    related relation rep risk row rufnummer sales salutation score secondary segment sent
    service session sex shipping shop signup site sku source spent stadt start state status
    store stores strasse street style subject subscribed subscription subtotal suburb suffix
    tag tags tax taxes team tel telefon telefone telefonnummer telefono telephone temp
    template text time timestamp timezone title to total totals town transaction type unit
    updated url user username users utc valid value vat vendor verified version visit visits
    vorname website weight whatsapp with work workspace year yomi zip zipcode zone
    attributes fields node nodes privat private properties registered
    aankoop achat acquisto besteldatum cadastro commande compra creacion creazione criacao del
    della do du entrega heure hora inscription ordine pedido registro tijd uhrzeit
"""
_WORDS = frozenset(_VOCABULARY.split())
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")
_VALUE = re.compile(r"@|(?:\d\D{0,2}){6}")
_WHOLE_VALUE = re.compile(r"[^\s@]+@[^\s@]+|[+(]?\d[\d\s()./-]{5,}")
_NUMBER_MAX_DIGITS = 2
_MAX_TOLD = 20


def is_name(name: str, *, known: frozenset[str] = frozenset()) -> bool:
    """Whether a column's name holds nothing but words and small numbers; ``known`` are more words.

    Words are told apart by signs, spaces and case, as in ``billing.email``, ``Phone 1 - Value`` and
    ``emailAddress``.
    """
    text = unicodedata.normalize("NFKD", name)
    text = "".join(each for each in text if not unicodedata.combining(each))
    words = _WORD.findall(text)
    return "@" not in text and bool(words) and all(_is_word(each.lower(), known) for each in words)


def holds_value(name: str) -> bool:
    """Whether an email or a phone number, or most of one, may stand in a name."""
    return bool(_VALUE.search(name))


def is_value(name: str) -> bool:
    """Whether a name is an email or a phone number itself."""
    return bool(_WHOLE_VALUE.fullmatch(name))


def named(names: Sequence[str], index: int, *, known: frozenset[str] = frozenset()) -> str:
    """The name of a column if it may be told, else ``column`` and its number."""
    return names[index] if is_name(names[index], known=known) else f"column {index + 1}"


def listed(names: Sequence[str], *, known: frozenset[str] = frozenset()) -> str:
    """The names of columns that may be told, and how many others there are."""
    told = [each for each in names if is_name(each, known=known)][:_MAX_TOLD]
    others = len(names) - len(told)
    if not told:
        return f"among its {others} columns" if others != 1 else "as its only column"
    rest = f" and {others} other{'s' if others > 1 else ''}" if others else ""
    return f"among {', '.join(told)}{rest}"


def _is_word(word: str, known: frozenset[str]) -> bool:
    if word.isdecimal():
        return len(word) <= _NUMBER_MAX_DIGITS
    return word in _WORDS or word in known
