"""Which names of columns are recognised, and what they look like otherwise."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from reunite.core.imports.files import Columns


def _plain(name: str) -> str:
    """Letters and digits alone, without accents and case."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", name))).lower()


# By their sources: shops, mailing lists, address books. The first name that a file has is read.
_RECOGNISED = {
    "email": """email emailaddress mail mailaddress primaryemail primaryemailaddress customeremail
        useremail contactemail emailid email1 email1value email1address emailaddress1
        billingemail billingemailaddress personalemail homeemail workemail
        emailadresse mailadresse adresseemail adressemail courriel correo correoelectronico
        direcciondecorreoelectronico direcciondecorreo enderecodeemail
        indirizzoemail emailadres epost eposta eposti sähköposti adresemail
        почта электроннаяпочта элпочта електроннапошта 邮箱 电子邮件 电子邮箱 メール メールアドレス
        電子メール 이메일 이메일주소 דואל
        البريدالإلكتروني بريدإلكتروني الإيميل ایمیل อีเมล ईमेल""",
    "phone_number": """phone phonenumber tel telephone telephonenumber mobile mobilephone
        mobilenumber mobilephonenumber cell cellphone cellnumber cellphonenumber customerphone
        contactphone contactnumber userphone primaryphone primaryphonenumber phone1 phone1value
        phonenumber1 homephone homephonenumber billingphone billingphonenumber billingtelephone
        defaultaddressphone addresstelephone workphone businessphone whatsapp whatsappnumber
        telefon telefonnummer handy handynummer mobil mobilnummer mobiltelefon rufnummer
        telefono telefone telefoon numerodetelephone portable celular movil cellulare gsm msisdn ph
        mobiel telemovel puhelin puhelinnumero telefonnumaras\u0131 ceptelefonu mobile/whatsapp
        phone/mobile mobile/phone tel/mobile home/mobilephone
        телефон номертелефона мобильный мобильныйтелефон телефонномер τηλεφωνο κινητο
        手机 手机号 手机号码 电话 电话号码 联系电话 電話 電話番号 携帯電話 携帯番号 携帯電話番号
        전화번호 휴대폰 휴대폰번호 휴대전화 연락처
        טלפון נייד رقمالهاتف الهاتف رقمالجوال الجوال رقمالموبايل تلفن موبایل
        เบอร์โทร เบอร์โทรศัพท์ โทรศัพท์ sốđiệnthoại điệnthoại फोन मोबाइल""",
    "created_at": """createdat created createdtime createddate createdon createdatutc createdutc
        createdate creationdate creationtime datecreated orderedat orderdate datetime date timestamp
        time purchasedate profilecreatedon dateadded customersince signupdate registrationdate
        ordertime orderedon ordercreatedat ordercreateddate saledate paidondate transactiondate
        dateregistered confirmtime optintime subscribedat processedat placedat
        datum fecha datecommande
        erstelltam angelegtam bestelltam registriertam creele creeele commandele passeele inscritle
        creadoel creadaen creadoen criadoem criadaem creatoil creatail aangemaaktop besteldop
        geplaatstop skapad oprettet opprettet dateadd datejoined joinedat joinedon signup signedup
        signedupat registration registered registeredat registeredon inscription inscriptionle
        userregistered registrierung registriert marcatemporal horodateur zeitstempel
        carimbodedatahora informazionicronologiche tijdstempel sygnaturaczasowa
        датарегистрации датазаказа датасоздания дата 登録日時 登録日 注文日時 注文日 作成日時
        创建时间 下单时间 注册时间 주문일 가입일 vytvoreno
        kay\u0131ttarihi siparistarihi ngàytạo ngàyđặthàng ημερομηνια
        registro registrazione iscrizione firstvisit firstseen""",
    "external_id": "externalid",
    "source": "source",
}
# What else they are called: by whose detail it is, before or behind the kind.
_OWNER_NAMES = """
    buyer customer cust client login user member guest person profile account contact subscriber
    order passenger node kaufer kunde kunden besteller acheteur comprador cliente klant usuario
    utilisateur utente benutzer billing bill invoice rechnung rechnungs rechnungsadresse
    facturation facturacion fatturazione faturamento
    attributes properties fields invitee attendee registrant respondent visitor lead patient donor
    student traveler traveller
    recipient receiver consignee empfanger destinatario destinataire
    shipping ship delivery lieferung liefer livraison envio spedizione address
"""
_OWNERS = _OWNER_NAMES.split()
# Behind the kind these make another meaning: a phone order, an email delivery.
_BEFORE_ALONE = {
    *(
        "user",
        "login",
        "profile",
        "account",
        "contact",
        "subscriber",
        "order",
        "delivery",
        "address",
    )
}
_BETWEEN = "whats|whatis|please|enter|provide|to|of|the|my|your|de|del|della|di|do|du|der|des"
_WHICH = "s|primary|main|default|personal|private|privat|home|work|business|1"
_NUMBER = "number|nummer|numero|numer|nr|no|n"
_KINDS = {
    "email": (
        (
            "emailaddress|emailid|email|mailaddress|mailadresse|adresseemail|adressemail"
            "|emailadresse?|correoelectronico|correo|courriel|indirizzoemail|epostadresse?"
            "|epostadress|mail(?=d|client)"
        ),
        "",
    ),
    "phone_number": (
        (
            rf"(?:(?:{_NUMBER})(?:de|di)?)?(?:(?:tele|mobile|cell|daytime|day|evening)?phone"
            r"|telefonu|telefono|telefone|telefoon|telefon|handy|mobiltelefon|mobil(?!e)|mobiel"
            r"|celular|cellulare|movil|portable|tel(?!e)){1,3}(?:mobile)?"
            rf"(?:{_NUMBER})?|(?:mobile|contact)(?:{_NUMBER})"
        ),
        "mobile",
    ),
}
_MADE_OF_MAX_LENGTH = 50  # The patterns can read a name in several ways.
_MADE_OF = {
    field: re.compile(
        rf"(?!to)(?:{before}|{_BETWEEN}|{_WHICH}){{0,5}}"
        rf"(?:(?:{kinds})(?:(?:{_BETWEEN}){{0,2}}(?:{behind}|{_WHICH})){{0,3}}{or_last})"
    )
    for field, (kinds, last) in _KINDS.items()
    for before in ["|".join(_OWNERS)]
    for behind in ["|".join(each for each in _OWNERS if each not in _BEFORE_ALONE)]
    for or_last in [f"|{last}" if last else ""]
}
# A time is called by its unit and by what happened then, in any order: "Date de commande".
_DAY = (
    "date|datum|fecha|data|dato|datetime|time|timestamp|uhrzeit|zeitpunkt|zeit|hora|heure|ora|tijd"
)
_JOINING = (
    "de|del|della|dell|dello|di|do|da|du|des|d|la|le|l|el|op|van|het|der|am|on|at|of|the|y|et|e|en"
    "|und|and"
)
_HAPPENED = """
    order bestellung bestelleingangs? bestell bestelling bestel auftrags? commande pedido encomenda
    orden ordine ordre bestilling zamowienia
    purchase kauf kaufs achat compra acquisto aankoop kob kjop zakupu
    sale verkaufs? vente venta venda vendita verkoop
    transaction transaktions? transaccion transacao transazione transactie
    creation created erstellungs? erstell anlage creacion criacao creazione aanmaak aangemaakt
    oprettelse opprettelse utworzenia
    registration signup registrierungs? anmelde anmeldungs? inscription enregistrement ajout
    registro alta inscripcion registo cadastro inscricao registrazione iscrizione inserimento
    registratie inschrijving
"""
_EVENTS = _HAPPENED.split()
_EVENT_PATTERNS = [re.compile(each) for each in _EVENTS]
_OF_WHOM = "compte|cuenta|conta|account|konto|client|cliente|customer|kunden?|profile?|contact"
_TIME = re.compile(
    rf"(?:(?:{_DAY})(?:{_JOINING}){{0,3}})+(?:(?:{_JOINING}){{0,3}}(?:{'|'.join(_EVENTS)}))"
    rf"(?:(?:{_JOINING}){{0,3}}(?:{_OF_WHOM}))?"
    rf"|(?:{'|'.join(_EVENTS)})(?:{_JOINING}){{0,3}}(?:(?:{_DAY})(?:{_JOINING}){{0,3}})+"
    rf"|(?:date|datum|fecha|data)(?:{_JOINING}){{1,3}}(?:{_DAY})"
)
_TIME_MAX_LENGTH = 40  # The pattern can read a name in several ways.
# Where a file has the same time in two zones, this one is read: rows without a zone are in UTC.
_UTC = ("gmt", "utc", "")
# In answers, a record's fields are often in an object of their own.
_WITHIN = ("", "node", "attributes", "properties", "fields")
_FIELDS = {field: tuple(map(_plain, names.split())) for field, names in _RECOGNISED.items()}
KNOWN = frozenset(chain(*_FIELDS.values(), _OWNERS))
"""Words that names of columns are made of."""
_LIKE_TIME = re.compile(r"date(?!n)|datum|fecha|zeit|timestamp|created|^data(?!type)|data$|dato$")
_NO_TIME = re.compile(
    r"candidate|mandate|validate|metadata|database|update|modif|birth|geburt|naissance|nacimiento"
    r"|nascita|nascimento|expir|last|mail|phone|consent|optin|optout|deliver|liefer|entrega"
    r"|livraison|consegna|lever|ship"
)
_NUMBERED = re.compile(r"column ([1-9]\d{0,4})")
_CONTACT = re.compile(r"mail|phone|telefon|mobil|^cell|handy|^tel|celular|movil|whatsapp|courriel")
# About a detail, or a campaign, and no detail.
_NO_CONTACT = re.compile(
    r"market|optin|optout|subscri|consent|status|type$|label$|verified|valid|confirm|phonetic"
    r"|bounc|count|date|time|last|sent|open|click|domain|template|list|accept|mailing|permission"
    r"|^to(?:e?mail|phone)|street|city|zip|postal|state|country|mailchimp|quarantine|reason|source|prefix|extension"
    r"|seller|vendor|vendeur|verkaufer|vendedor|venditore|merchant|supplier|payee|store|newsletter"
    r"|shop(?!per|ping|ify)|receive(?!r)|review|abandoned"
)
_EMAIL = re.compile(r"mail|courriel|correo|epost")
_REMARK = re.compile(r"\(.*\)|\[.*\]|__c$")


def found_by(names: Sequence[str], asked: str) -> list[int]:
    """The columns that have a name, else the one that is numbered so, as messages do: column 3."""
    found = [index for index, name in enumerate(names) if name == asked]
    numbered = None if found else _NUMBERED.fullmatch(asked)
    if numbered and int(numbered[1]) <= len(names):
        return [int(numbered[1]) - 1]
    return found


def recognised_count(names: Sequence[str], asked: Columns) -> int:
    """How many of the names are asked for or recognised; 0 without an email or a phone number."""
    known = by_plain_name(names)
    stripped = [name.strip() for name in names]
    details = sum(len(found_by(stripped, each)) for each in {*asked.email, *asked.phone_number})
    details += sum(1 for field in ("email", "phone_number") for _ in recognised(known, field))
    details += len(columns_of_kinds(names, asked))
    others = ("created_at", "external_id", "source")
    return details and details + sum(1 for field in others for _ in recognised(known, field))


def columns_of_kinds(names: Sequence[str], asked: Columns) -> list[tuple[str, int]]:
    """The columns of declared kinds: those that are named, else those that are called like a kind.

    A column that is asked for as anything else is not among the latter.
    """
    found = [(kind, index) for kind, name in asked.identifiers for index in found_by(names, name)]
    if not asked.recognises:
        return found
    named = {kind for kind, _ in asked.identifiers}
    others = (asked.created_at, asked.external_id, asked.source)
    taken = {
        index
        for name in (*asked.email, *asked.phone_number, *filter(None, others))
        for index in found_by(names, name)
    }
    known = by_plain_name(names)
    for kind in asked.declared:
        place = known.get(_plain(kind))
        if kind not in named and place is not None and place not in taken:
            found.append((kind, place))
    return found


def is_known(name: str) -> bool:
    """Whether a column of this name is recognised as any field."""
    known = by_plain_name([name])
    return any(True for field in _FIELDS for _ in recognised(known, field))


def looks_like_contact(name: str) -> bool:
    """Whether a column of this name probably holds emails or phone numbers."""
    letters = _plain(name)
    return bool(_CONTACT.search(letters)) and not _NO_CONTACT.search(letters)


def stands_for_another(name: str) -> bool:
    """Whether a column of this name has details that are no customer's, or none at all."""
    letters = _plain(name)
    return bool(_CONTACT.search(letters)) and bool(_NO_CONTACT.search(letters))


def looks_like_email(name: str) -> bool:
    """Whether a column that looks like a contact probably holds emails."""
    return bool(_EMAIL.search(_plain(name)))


def looks_like_time(name: str) -> bool:
    """Whether a column of this name may hold the times of orders."""
    letters = _plain(name)
    return bool(_LIKE_TIME.search(letters)) and not _NO_TIME.search(letters)


def recognised(known: Mapping[str, int], field: str) -> Iterator[int]:
    """Each column once: those of known names, then those of names that are made of known words."""
    if field == "created_at":
        return iter(dict.fromkeys(_times(known)))
    found = [known[each] for each in _FIELDS[field] if each in known]
    if made_of := _MADE_OF.get(field):
        made = [each for each in known if len(each) <= _MADE_OF_MAX_LENGTH]
        made = [each for each in made if made_of.fullmatch(each)]
        found += (known[each] for each in sorted(made, key=_owner_rank))
    return iter(dict.fromkeys(found))


def _times(known: Mapping[str, int]) -> Iterator[int]:
    """The columns of times: an order's time before a customer's first visit."""
    names = _FIELDS["created_at"]
    spelt = (within + name + zone for within in _WITHIN for name in names for zone in _UTC)
    yield from (known[each] for each in spelt if each in known)
    short = (each for each in known if len(each) <= _TIME_MAX_LENGTH)
    made = [each for each in short if _TIME.fullmatch(each.removesuffix("gmt").removesuffix("utc"))]
    yield from (known[each] for each in sorted(made, key=_event_rank))
    if "data" in known:  # A date in Portuguese and in Italian, and anything in English.
        yield known["data"]


def _event_rank(plain_name: str) -> tuple[int, bool]:
    rank = next((rank for rank, event in enumerate(_EVENT_PATTERNS) if event.search(plain_name)), 0)
    return rank, not plain_name.endswith(("gmt", "utc"))


def _owner_rank(plain_name: str) -> int:
    """Who ordered goes before who receives."""
    return min((rank for rank, owner in enumerate(_OWNERS) if owner in plain_name), default=-1)


def by_plain_name(names: Sequence[str]) -> dict[str, int]:
    """The first column of each plain name; a remark, like (UTC) or __c, may be missing."""
    found: dict[str, int] = {}
    for plain_of in (_plain, lambda name: _plain(_REMARK.sub("", name))):
        for index, name in enumerate(names):
            found.setdefault(plain_of(name), index)
    return found
