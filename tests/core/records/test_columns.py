"""Columns are those a user names, else those whose names are recognised."""

import re
import shlex

import pytest

from reunite.core.imports.files import Columns, Unreadable
from reunite.core.imports.records.columns import Chosen, choose, name_of, told
from reunite.core.imports.records.naming import listed
from reunite.core.imports.records.recognised import recognised_count
from reunite.core.imports.records.sampled import Sampled


def chosen(*names, has_times=True, **asked):
    found = choose(names, Columns(**asked), has_times=has_times)
    return [names[index] for index in found.wanted], [names[index] for index in found.unread]


@pytest.mark.parametrize(
    ("names", "read", "unread"),
    [
        (["E-Mail", "Telefon"], ["E-Mail", "Telefon"], []),
        (["EmailID", "Handy"], ["EmailID", "Handy"], []),
        (["Email Address", "Mobile Number"], ["Email Address", "Mobile Number"], []),
        (["E-mail 1 - Value", "Phone 1 - Value"], ["E-mail 1 - Value", "Phone 1 - Value"], []),
        (["billing_email", "billing_phone"], ["billing_email", "billing_phone"], []),
        (["Téléphone", "Courriel"], ["Courriel", "Téléphone"], []),
        (["Created (UTC)", "Email"], ["Email", "Created (UTC)"], []),
        (["Email", "Phone", "Mobile", "Fax"], ["Email", "Phone"], ["Mobile"]),
        (["Email", "Accepts Email Marketing", "Email Status"], ["Email"], []),
        (["email", "E-mail"], ["email"], ["E-mail"]),
        (["buyer_email", "seller_email", "shop_phone", "Store Email"], ["buyer_email"], []),
        (["Email", "Receive Review/Abandoned Cart Emails?"], ["Email"], []),
        (
            ["Email", "Shopper Phone", "Receiver Phone"],
            ["Email", "Receiver Phone"],
            ["Shopper Phone"],
        ),
        (
            ["billing_address.email", "billing_address.phone"],
            ["billing_address.email", "billing_address.phone"],
            [],
        ),
        (["Email", "Registration", "Last visit"], ["Email", "Registration"], []),
        (["Email", "date_add", "date_upd"], ["Email", "date_add"], []),
        (["Email", "Sign Up", "Last Active"], ["Email", "Sign Up"], []),
        (["Email", "Time", "Created Time"], ["Email", "Created Time"], []),
        (
            ["From Email Address", "To Email Address", "Contact Phone Number"],
            ["Contact Phone Number"],
            ["From Email Address"],
        ),
        (["Email", "external_id", "source"], ["Email", "external_id", "source"], []),
    ],
)
def test_columns_are_recognised(names, read, unread):
    assert chosen(*names) == (read, unread)


def test_columns_that_are_asked_for_are_read_all():
    names = ("Email", "Phone", "Mobile", "Phone", "at")
    assert chosen(*names, phone_number=("Phone", "Mobile"), created_at="at") == (
        ["Email", "Phone", "Phone", "Mobile", "at"],
        [],
    )
    assert chosen("Email", "created_at", has_times=False)[0] == ["Email"]


def test_what_is_not_there_is_told_without_values():
    with pytest.raises(
        Unreadable, match="no column of the name that --email gives, among a, email and 1 other"
    ):
        chosen("a", "email", "marty mcfly", email=("marty",))
    with pytest.raises(Unreadable, match="name them with --email and --phone, by their names or"):
        chosen("a", "id")
    with pytest.raises(Unreadable) as told_of:
        chosen("ann@hillvalley.edu", "Ann", "555-0199", "Elm Street 1885")
    assert str(told_of.value) == (
        "has an email in its first line, so that is a row: put the columns' names above it"
    )
    with pytest.raises(Unreadable, match="among its 3 columns: name them"):
        chosen("Ann", "555-0199", "Elm Street 1885")
    assert not {"ann", "555", "1885"} & set(re.findall(r"\w+", str(told_of.value).lower()))


@pytest.mark.parametrize(
    ("name", "is_told"),
    [
        ("customer_email", True),
        ("Phone 1 - Value", True),
        ("billing.emailAddress", True),
        ("Créé at", False),
        ("Téléphone", True),
        ("VAT ID", True),
        ("email mcfly", False),
        ("email @", False),
        ("phone 1885", False),
        ("mail почта", True),
        ("mail хилл", False),
        ("", False),
        ("--", False),
    ],
)
def test_a_column_is_named_if_columns_are_called_so_else_by_its_number(name, is_told):
    nothing_known = Chosen((), (), None, None, None)
    assert name_of(("id", name), 1, nothing_known) == (name if is_told else "column 2")


@pytest.mark.parametrize("name", ["phone Xanthippe", "Annshandy", "wer@mail", "mail 415 555 010"])
def test_what_may_be_a_value_is_named_in_no_advice(name):
    names = ("Email", name)
    kind = "email" if "mail" in name else "phone"
    rest = "--email=Email --email='column 2'" if kind == "email" else "--phone='column 2'"
    assert list(told(names, choose(names, Columns())))[1] == (
        f"does not read column 2: to have all read, say {rest}"
    )
    found = choose(names, Columns(email=("Email", name)))
    told_name = "column 2" if "@" in name or "555" in name else name
    assert list(told(names, found)) == [f"reads Email, {told_name} as email"]


def test_a_column_that_a_user_names_is_called_so():
    names = ("wie", "wann", "wo")
    found = choose(names, Columns(email=("wie",), created_at="wann", source="wo"))
    assert list(told(names, found)) == ["reads wie as email, wann as time, wo as source"]


@pytest.mark.parametrize(
    "names",
    [
        ("Email", "Phone", "Phone"),
        ("Email", "Phone", "Mobile Number", "Phone"),
        ("E-mail", "Email", "Phone"),
        ("Email", "Phone", "Phone", "Phone"),
        ("Email", "Buyer's Phone", "Recipient Phone"),
        ("Email",),
        ("Email", "email Xanthippe", "phone Xanthippe", "Phone"),
        ("Email", "Tele\x07phone", "Mobile"),
    ],
)
def test_what_a_message_says_to_read_all_reads_all(names):
    words = " ".join(told(names, choose(names, Columns())))
    asked = {"--email": [], "--phone": []}
    for option in shlex.split(words.partition("say ")[2]):
        kind, _, name = option.partition("=")
        asked[kind].append(name)
    again = choose(names, Columns(tuple(asked["--email"]), tuple(asked["--phone"])))
    assert sorted(again.wanted) == list(range(len(names)))
    assert again.unread == ()


def test_the_columns_of_one_name_are_told_apart():
    names = ("Email", *["Phone"] * 7)
    words = list(told(names, choose(names, Columns())))[1]
    assert words.startswith(
        "does not read the second Phone, the third Phone, the fourth Phone, the fifth Phone, "
        "another Phone, another Phone: to have all read, say --phone=Phone"
    )


@pytest.mark.parametrize(
    ("names", "read"),
    [
        (["buyer-name", "buyer-email", "Ship To Phone"], ["buyer-email", "Ship To Phone"]),
        (["ship-phone-number", "buyer-phone-number"], ["buyer-phone-number"]),
        (["recipient-phone"], ["recipient-phone"]),
        (["Buyer's E-Mail", "shipping_mobile"], ["Buyer's E-Mail", "shipping_mobile"]),
        (["EmailBuyer", "phone_billing"], ["EmailBuyer", "phone_billing"]),
        (["Seller Email", "Email (buyer)"], ["Email (buyer)"]),
        (["Käufer E-Mail-Adresse"], ["Käufer E-Mail-Adresse"]),
        (["Käufer Email"], ["Käufer Email"]),
        (["shiptophone"], ["shiptophone"]),
        (["seller email"], []),
        (["fax"], []),
        (["phone verified at"], []),
        (["email marketing consent"], []),
        (["Phone Order"], []),
        (["Mail Order"], []),
        (["Email Delivery"], []),
        (["phone_id"], []),
        (["hotel"], []),
        (["mobile app"], []),
        (["store phone"], []),
        (["To Email Address"], []),
        (["to phone"], []),
    ],
)
def test_columns_are_recognised_by_whose_they_are_in_any_order(names, read):
    if not read:
        with pytest.raises(Unreadable):
            choose(names, Columns())
    else:
        assert chosen(*names)[0] == read


def test_a_list_of_columns_counts_those_that_it_does_not_name():
    assert listed(["email", "ann", "bob"]) == "among email and 2 others"
    assert listed(["id"] * 30) == f"among {', '.join(['id'] * 20)} and 10 others"


def test_what_is_read_is_told_and_what_is_not():
    names = ("Email", "Phone", "Mobile", "Phone", "Created at", "source", "external_id")
    found = choose(names, Columns())
    read, unread = told(names, found)
    assert read == (
        "reads Email as email, Phone as phone, Created at as time, external_id as external id, "
        "source as source"
    )
    assert unread == (
        "does not read Mobile, the second Phone: to have all read, say --phone=Phone --phone=Mobile"
    )
    assert list(told(["email"], choose(["email"], Columns()))) == ["reads email as email"]


def test_what_a_file_lacks_is_told_by_its_kind():
    for names, has_header, message in (
        ([], False, "has no object with fields"),
        (["a", "ann@hillvalley.edu"], False, "by their paths like billing.email"),
        (["marty mcfly"], True, "as its only column: name it with --email or --phone, or write a"),
    ):
        with pytest.raises(Unreadable, match=message):
            choose(names, Columns(), has_header=has_header)


def test_columns_whose_cells_are_swapped_are_told():
    swapped = Sampled(frozenset({1}), frozenset({0}))
    names = ("email", "phone")
    assert list(told(names, choose(names, Columns(), sampled=swapped)))[1:] == [
        "email holds phone numbers: say --phone=email",
        "phone holds emails: say --email=phone",
    ]


EMAILS = [
    "Email\u00a0", "E-MAIL *", "Adresse e-mail de facturation", "Adresse email du client",
    "Correo electrónico del cliente", "E-mail do cliente", "Email del cliente", "Indirizzo email",
    "E-mail klant", "E-postadress", "E-posta", "Adres e-mail", "Sähköposti", "Электронная почта",
    "邮箱", "メールアドレス", "이메일", "Your email", "Cust Email", "Login Email",
    "Email_Address__c", "البريد الإلكتروني", "ایمیل", "อีเมล", "What's your email?",
    "Invitee Email", "Dirección de correo electrónico", "attributes.email", "properties.email",
]  # fmt: skip
PHONES = [
    "TELEFONO MOVIL", "Nº de teléfono", "N° de téléphone", "Téléphone de facturation", "Tel. Nr",
    "Téléphone portable", "Teléfono del cliente", "Telefone celular", "Telemóvel", "Handy-Nr.",
    "Numero di telefono", "Numero di cellulare", "Telefoonnummer", "Mobiel nummer", "Gsm",
    "Telefoon klant", "Mobilnr", "Numer telefonu", "Nr telefonu", "Cep Telefonu", "Puhelinnumero",
    "Telefon numaras\u0131", "Телефон", "手机号", "携帯電話", "휴대폰", "טלפון", "Mobile No.",
    "Contact No", "Daytime phone", "Mobile/WhatsApp", "Passenger phone", "Phone_Number__c", "Ph.",
    "رقم الهاتف", "เบอร์โทร", "Số điện thoại", "Please enter your phone number",
]  # fmt: skip


@pytest.mark.parametrize("name", EMAILS)
def test_a_column_of_emails_is_recognised_in_many_languages(name):
    assert choose(["id", name], Columns()).email == (1,)


@pytest.mark.parametrize("name", PHONES)
def test_a_column_of_phone_numbers_is_recognised_in_many_languages(name):
    found = choose(["id", name], Columns())
    assert (found.email, found.phone_number) == ((), (1,))


@pytest.mark.parametrize(
    "name",
    [
        "Email DE", "Telefon OK", "Hotel", "Motel", "Portable charger", "Phone model",
        "Numero", "Numero cliente", "Nr", "No", "Client", "Address", "IP address", "Mail order",
        "Order mail no", "Mobilität", "Celular plan", "Handy man", "Phone" * 20, "de" * 30,
    ],
)  # fmt: skip
def test_a_name_that_only_begins_so_is_not_recognised(name):
    with pytest.raises(Unreadable):
        choose(["id", name], Columns())


TIMES = [
    "Date de commande", "Date de la commande", "Date d'achat", "Date de création", "Créé le",
    "Date et heure", "Date d'inscription", "Date de création du compte", "Date commande",
    "Fecha de creación", "Fecha del pedido", "Fecha Pedido", "Fecha y hora", "Creado el",
    "Fecha de compra", "Fecha de registro", "Data do pedido", "Data da compra", "Criado em",
    "Data de cadastro", "Data e hora", "Data ordine", "Data dell'ordine", "Data di creazione",
    "Data di registrazione", "Creato il", "Data e ora", "Data", "Besteldatum", "Aankoopdatum",
    "Aangemaakt op", "Datum en tijd", "Datum bestelling", "Registratiedatum", "Bestelldatum",
    "Kaufdatum", "Bestellzeitpunkt", "Datum und Uhrzeit", "Auftragsdatum", "Angelegt am",
    "date_created_gmt", "Order Date GMT", "DateTime (UTC)", "Orderdatum", "Data zamówienia",
]  # fmt: skip


@pytest.mark.parametrize("name", TIMES)
def test_a_column_of_times_is_recognised_in_the_languages_of_shops(name):
    names = ("Email", name)
    assert list(told(names, choose(names, Columns()))) == [f"reads Email as email, {name} as time"]


@pytest.mark.parametrize(
    ("names", "read"),
    [
        (("date_created", "date_created_gmt"), "date_created_gmt"),
        (("Created", "Created (UTC)"), "Created (UTC)"),
        (("Date d'inscription", "Date de commande"), "Date de commande"),
        (("Data", "Data ordine"), "Data ordine"),
        (("Data", "created_at"), "created_at"),
        (("Fecha de alta", "Fecha de compra UTC", "Fecha de compra"), "Fecha de compra UTC"),
        (("Date of birth", "Delivery Date", "Last order date", "Date modified"), None),
        (("Fecha de entrega", "Datenschutz", "date" + "de" * 30, "data_type"), None),
    ],
)
def test_of_several_times_the_one_of_the_order_in_utc_is_read(names, read):
    found = choose(("Email", *names), Columns())
    assert (None if found.created_at is None else ("Email", *names)[found.created_at]) == read


def test_what_may_be_times_is_told_where_no_times_are_read():
    words = (
        "reads no times, so rows are of the time of the import: if {} says when an order came, "
        "say --created-at={}"
    )
    for names, told_names, asked in [
        (("Email", "Event Date", "Datum Versand"), "Event Date, column 3", "Event Date"),
        (("Email", "Xanthippe Datum"), "column 2", "column 2"),
    ]:
        found = choose(names, Columns())
        assert list(told(names, found))[1:] == [words.format(told_names, shlex.quote(asked))]
        again = choose(names, Columns(created_at=asked))
        assert again.created_at == 1
        assert len(list(told(names, again))) == 1
        assert len(list(told(names, choose(names, Columns(), has_times=False)))) == 1


def test_a_column_can_be_named_by_its_number():
    names = ("wie", "wer", "email", "wann", "column 1")
    found = choose(names, Columns(email=("column 2",), phone_number=("column 1", "column 4")))
    assert (found.email, found.phone_number) == ((1,), (4, 3))
    words, _ = told(names, found)
    assert words == "reads column 2 as email, column 1, column 4 as phone"
    assert recognised_count(["a", "b"], Columns(email=("column 2",))) == 1
    assert recognised_count(["a"], Columns(email=("column 2",))) == 0
    for number in (0, 6, "x", 100_000):
        with pytest.raises(Unreadable, match="no column of the name that --email gives"):
            choose(names, Columns(email=(f"column {number}",)))
    for value in ("ann@hillvalley.edu", "+1 (415) 555-0101"):
        with pytest.raises(Unreadable, match="its first line is a row: put the columns' names"):
            choose((value, "x"), Columns(email=("column 1",)))
        assert choose((value, "x"), Columns(email=(value,))).email == (0,)


def test_a_header_is_told_by_its_columns():
    assert recognised_count(["date", "source"], Columns()) == 0
    assert recognised_count(["x", "date"], Columns(email=("x",))) == 2
