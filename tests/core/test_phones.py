"""Which digits are a phone number, and which are none."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import SUPPORTED_REGIONS

from reunite.core.identifiers.kinds import Ignored, Kind, NormalizationRules, canonical_phone
from reunite.core.policy.policy import PROTECT, SPEC

NO_REGION = NormalizationRules()
US = NormalizationRules(default_region="US")
DE = NormalizationRules(default_region="DE")


def read(value, rules=NO_REGION):
    return canonical_phone(value, rules=rules)


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("14155550101.0", "14155550101"),
        ("14155550101,00", "14155550101"),
        ("+14155550101.0", "+14155550101"),
        ("+49 30 901820 privat", "+4930901820"),
        ("+49 30 901820 (Büro)", "+4930901820"),
        ("Büro: +49 30 901820", "+4930901820"),
        ("14155550202@s.whatsapp.net", "14155550202"),
        ("14155550202:12@s.whatsapp.net", "14155550202"),
        ("14155550202.0:3@c.us", "14155550202"),
        ("whatsapp:+14155552671", "+14155552671"),
        ("tel:+1-415-555-2671", "+14155552671"),
        ("tel:123456", "123456"),
        ("Tel.: 030/901820", "030901820"),
        ("fax 030 901820", "030901820"),
        ("030 901820 Fax", "030901820"),
        ("123456 privat", "123456"),
        ("(mobile) 4155552671", "4155552671"),
        ("m: 4155552671", "4155552671"),
        ("4155552671 (h)", "4155552671"),
        ("030/901820", "030901820"),
        ("030 / 901820", "030901820"),
        ("033203/123456", "033203123456"),
        ("01/23/45/67/89", "0123456789"),
        ("+49 (0) 30 / 90 18 20", "+4930901820"),
        ("044 668'18'00", "0446681800"),
        ("1·415·555·2671", "14155552671"),
        ("415–555–2671", "4155552671"),  # A dash that word processors make.
        ("\u200e+1 415 555 2671\u200f", "+14155552671"),
        ("\ufeff+1\u00a0415\u202f555\u20092671", "+14155552671"),
        ("+1&nbsp;415&nbsp;555&nbsp;2671", "+14155552671"),
        ("&#43;14155552671", "+14155552671"),
        ("'4155552671", "4155552671"),
        ('="4155552671"', "4155552671"),
        ("=+14155552671", "+14155552671"),
        ("=4155552671", "4155552671"),
        ("'=+1 (415) 555-2671", "+14155552671"),
        ('"+1 415 555 2671"', "+14155552671"),
        ("\u201c+1 415 555 2671\u201d", "+14155552671"),
        ("<4155552671>", "4155552671"),
        ("4155552671;", "4155552671"),
        ("٠٤٣-٢١", "04321"),
        ("0049 30 901820", "004930901820"),
        ("00" + "1" * 15, "00" + "1" * 15),
        ("+" + "9" * 15, "+" + "9" * 15),
    ],
)
def test_what_stands_around_a_number_is_no_part_of_it(value, key):
    assert read(value) == key
    assert read(key) == key


@pytest.mark.parametrize(
    "value",
    ["4.155552671E9", "4.155552671e+09", "4,155552671E+9", "4.15555267100e9"],
)
def test_a_number_in_scientific_form_is_read_where_it_tells_all_digits(value):
    assert read(value) == "4155552671"
    assert read("+1.4155552671E10") == "+14155552671"


@pytest.mark.parametrize("value", ["4.15555E+09", "4.4791E+11", "4.15555267E9"])
def test_a_number_that_was_rounded_says_so(value):
    with pytest.raises(ValueError, match="rounded phone number: its last digits are lost"):
        read(value)


@pytest.mark.parametrize(
    "value",
    [
        "1.5E1",
        "41.55552671e8",
        "4.155552671123e9",
        "1e5",
        "see note 2",
        "none 1",
        "n/a 123",
        "call Bob at apt 3",
        "+49 30 901820 apt 3",
        "phone 2",
        "123 Main St",
        "+14155550601 / +14155550602",
        "+14155550601/+14155550602",
        "4155550601, 4155550602",
        "4155550601;4155550602",
        "4155550601 or 4155550602",
        "4155550601 & 4155550602",
        "4155550601\n4155550602",
        "5550601 5550602",
        "5550601 - 5550602",
        "5550601 / 5550602",
        "901820/901821",
        "030901820/21",
        "1" * 16,
        "+" + "1" * 16,
        "00" + "1" * 16,
        "4111 1111 1111 1111",
        "DE89 3704 0044 0532 0130 00",
        "2021-01-28",
        "28/01/2021",
        "1.28.2021",
        "2021-01-28 05:14:15",
        "12:30",
        "-1",
        "-14155550101",
        "14155550101.5",
        "1,234",
        "$5",
        "50%",
        "#12345",
        "½",
        "3f91b2c44d0a",
        "ann1@hillvalley.edu",
        "4155552671@hillvalley.edu",
        "120363041234567890@g.us",
        "https://x.example/1",
        "212-555-TAXI",
        "1-800-FL",
        "1-800-ABCDEFGHIJKLMN",
        "+1 800 FLOWERSFORYOUANDME",
        "x12",
    ],
)
def test_digits_of_what_is_no_number_are_none(value):
    with pytest.raises(ValueError, match="send"):
        read(value)


@pytest.mark.parametrize(
    ("value", "without_region", "in_the_us"),
    [
        ("1-800-FLOWERS", "18003569377", "+18003569377"),
        ("1 800 flowers", "18003569377", "+18003569377"),
        ("+1 800 FLOWERS", "+18003569377", "+18003569377"),
        ("1-800-GO-FEDEX", "18004633339", "+18004633339"),
        # Of nine digits behind the area code the last two are dialled for nothing.
        ("1-800-CONTACTS", "180026682287", "+18002668228"),
        ("212-555-TAXI", None, "+12125558294"),
        ("1-800-FLOWERS x7", "18003569377;ext=7", "+18003569377;ext=7"),
    ],
)
def test_letters_are_dialled_where_they_are_the_end_of_a_number(value, without_region, in_the_us):
    assert read(value, US) == in_the_us
    if without_region is not None:
        assert read(value) == without_region


def test_a_word_joined_to_a_number_is_no_remark():
    assert read("212-555-TAXI", DE) != read("212-555-HOME", DE)


@pytest.mark.parametrize(
    "value",
    [
        "{} ext. 12", "{} ext 12", "{} x12", "{}x12", "{} #12", "{};ext=12", "{}, ext 12",
        "{} extension 12", "{} (ext. 12)", "{} Durchwahl 12", "tel:{};ext=12",
    ],
)  # fmt: skip
def test_an_extension_is_kept_apart(value):
    assert read(value.format("+49 30 901820")) == "+4930901820;ext=12"
    assert read(value.format("030 901820"), DE) == "+4930901820;ext=12"
    assert read(value.format("4155552671")) == "4155552671;ext=12"
    assert read("4155552671;ext=12") == "4155552671;ext=12"


def test_a_remark_is_left_out_where_the_number_is_valid_without_it():
    assert read("030 901820 bitte abends", DE) == "+4930901820"
    assert read("415 555 2671 [home!]", US) == "+14155552671"
    with pytest.raises(ValueError, match="send"):
        read("415 555 2671 call me")


@pytest.mark.parametrize(
    "value",
    ["+1 (555) 555-5555", "(555) 555-5555", "1 555 555 5555", "+33 6 66 66 66 66", "555-5555"],
)
def test_one_digit_over_and_over_is_a_placeholder_behind_a_country_code_too(value):
    assert SPEC.canonical(Kind.PHONE, value) == (None, Ignored.PLACEHOLDER)


@pytest.mark.parametrize("value", ["+1 415 555 5555", "15555555", "+49 30 5555555", "12222222"])
def test_some_equal_digits_are_no_placeholder(value):
    assert SPEC.canonical(Kind.PHONE, value)[1] is None


@pytest.mark.parametrize(
    "value",
    [
        "+1",
        "+49",
        "+ 49",
        "0049",
        "+0049",
        "+420",
        "+44 (0)",
        "+4",
        "+1 ext. 5",
        "+7 (___) ___-__",
    ],
)
def test_a_country_code_alone_is_a_placeholder(value):
    assert SPEC.canonical(Kind.PHONE, value) == (None, Ignored.PLACEHOLDER)


@pytest.mark.parametrize("value", ["123", "49", "420", "123456", "+12345", "00491", "+4915"])
def test_few_digits_are_a_number_unless_the_policy_knows_fillers(value):
    assert SPEC.canonical(Kind.PHONE, value) == (value, None)
    is_short = len(value) <= 2
    assert PROTECT.canonical(Kind.PHONE, value)[0] == (None if is_short else value)


@pytest.mark.parametrize(
    "value",
    [
        "•••• 2671",
        "...2671",
        "…2671",
        "**** 2671",
        "+49 30 ••12",
        "(415) ___-2671",
        "+7 916 ___",
    ],
)
def test_a_number_with_hidden_digits_is_refused(value):
    with pytest.raises(ValueError, match="hidden"):
        read(value)


@pytest.mark.parametrize("value", ["415•555•2671", "415_555_2671", "415.555.2671"])
def test_one_sign_between_digits_hides_none(value):
    assert read(value) == "4155552671"


MOBILE = NormalizationRules(fold_mobile=True)


@pytest.mark.parametrize(
    "spellings",
    [
        ("+55 11 98888-8888", "+55 11 8888-8888"),
        ("+52 55 1234 5678", "+52 1 55 1234 5678", "+5215512345678"),
        ("+54 9 11 4321-1234", "+54 11 4321-1234", "+54 11 15 4321-1234"),
    ],
)
def test_two_spellings_of_a_mobile_number_are_one_where_a_policy_says_so(spellings):
    assert len({read(each, MOBILE) for each in spellings}) == 1
    assert len({read(each) for each in spellings}) > 1


def test_mobile_numbers_without_a_country_code_are_one_in_their_region():
    def in_region(region, value):
        return read(value, NormalizationRules(default_region=region, fold_mobile=True))

    assert in_region("BR", "(11) 8888-8888") == in_region("BR", "(11) 98888-8888")
    assert in_region("MX", "1 55 1234 5678") == in_region("MX", "55 1234 5678")
    assert in_region("AR", "011 15 4321-1234") == in_region("AR", "11 4321-1234")


@pytest.mark.parametrize("value", ["+55 11 3333-4444", "+1 415 555 2671", "+52 999", "+54 1"])
def test_other_numbers_stay_as_they_are(value):
    assert read(value, MOBILE) == read(value)


written = st.text(alphabet="0123456789+ ()-.,x/;:=&#'\"@ext٣abcE\u200b\n", max_size=24)
of_countries = st.builds(
    "+{}{}".format, st.sampled_from([52, 521, 54, 549, 55]), st.text("0123456789", max_size=11)
)
rules = st.builds(
    NormalizationRules,
    default_region=st.sampled_from([None, "US", "BR", "MX", "AR", *sorted(SUPPORTED_REGIONS)]),
    fold_mobile=st.booleans(),
)


@settings(max_examples=400)
@given(written | of_countries | st.text("0123456789", max_size=13), rules)
def test_a_canonical_number_is_canonical(value, rules):
    try:
        key = canonical_phone(value, rules=rules)
    except ValueError:
        return
    assert canonical_phone(key, rules=rules) == key
