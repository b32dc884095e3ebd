"""What leads to a person, and what only looks like it."""

import time

import pytest

from service.domain.rule_settings import PersonalDataRule
from service.domain.rules.personal_data import personal_data
from tests.unit.domain.rule_facts import facts, found


@pytest.mark.parametrize(
    ("text", "code", "seen"),
    [
        ("Call +44 20 7946 0018 now", "phone-number", "+44 20 7946 0018"),
        ("ring +1 (415) 555-2671", "phone-number", "+1 (415) 555-2671"),
        ("0044 20 7946 0018", "phone-number", "0044 20 7946 0018"),
        ("her number: 415-555-2671", "phone-number", "415-555-2671"),
        ("(415) 555-2671.", "phone-number", "(415) 555-2671"),
        ("415.555.2671", "phone-number", "415.555.2671"),
        ("0171/1234567", "phone-number", "0171/1234567"),
        ("030 12345678", "phone-number", "030 12345678"),
        ("06 12 34 56 78", "phone-number", "06 12 34 56 78"),
        ("07911 123456", "phone-number", "07911 123456"),
        ("07911123456", "phone-number", "07911123456"),
        ("whatsapp: 612 345 678", "phone-number", "612 345 678"),
        ("text me on 5551234", "phone-number", "5551234"),
        ("anna@mill.example", "email-address", "anna@mill.example"),
        ("Anna.B+x@mail.mill.co.uk!", "email-address", "Anna.B+x@mail.mill.co.uk"),
        ("anna (at) mill.com", "email-address", "anna (at) mill.com"),
        ("anna at mill dot com", "email-address", "anna at mill dot com"),
        ("She lives at 14 Old Mill Lane, Leeds", "postal-address", "14 Old Mill Lane"),
        ("221 N. Main Street", "postal-address", "221 N. Main Street"),
        ("Er wohnt Mühlenstraße 12a", "postal-address", "Mühlenstraße 12"),
        ("12 rue de la République", "postal-address", "12 rue de la République"),
        ("Calle Mayor, 14", "postal-address", "Calle Mayor, 14"),
        ("Kerkstraat 5", "postal-address", "Kerkstraat 5"),
        ("DE89 3704 0044 0532 0130 00", "account-number", "DE89 3704 0044 0532 0130 00"),
        ("gb82west12345698765432", "account-number", "gb82west12345698765432"),
        ("NO93 8601 1117 947 is mine", "account-number", "NO93 8601 1117 947"),
        ("4111 1111 1111 1111", "card-number", "4111 1111 1111 1111"),
        ("5500-0000-0000-0004", "card-number", "5500-0000-0000-0004"),
        ("card 378282246310005", "card-number", "378282246310005"),
        ("3782 822463 10005", "card-number", "3782 822463 10005"),
    ],
)
def test_what_leads_to_a_person_is_held_in_its_place(text: str, code: str, seen: str) -> None:
    assert found(personal_data, text) == {code: [seen]}
    assert [one.outcome for one in personal_data(facts(text))] == ["hold"]


@pytest.mark.parametrize(
    "text",
    [
        "In 1999-2004, and again 1914 1918 1939 1945",
        "from 01.02.2024 until 03.04.2025",
        "2024-01-02 10:30:00",
        "on 01-02-2024 10",
        "It cost 1,000,000 or 12.345.678,90 or 1 000 000 000",
        "£1,234,567.89 and $19.99",
        "USD 4155552671",
        "ISBN 978-0-306-40615-7",
        "ISBN-10: 0-306-40615-2",
        "ISBN 0306406152",
        "won 3-2, 21-15 21-18, 6-4 7-5 6-3",
        "order 0123456789 and #0123456789",
        "order no. 20240102123456",
        "case 12-34567-8901",
        "doi:10.1000/182, pi is 3.14159265358979",
        "192.168.100.200 and 10.0.0.1",
        "Version 10.15.7.1234567",
        "https://mill.example/?id=0123456789",
        "4111 1111 1111 1112",
        "1234 5678 9012 3456",
        "0000 0000 0000 0000",
        "DE89 3704 0044 0532 0130 01",
        "XX89 3704 0044 0532 0130 00",
        "GB 82 people came",
        "10 Downing Street and 1600 Pennsylvania Avenue",
        "5 people on the street. 12 Angry Men",
        "I'm at home at 10, dot the i",
        "look @anna or @ 5",
        "1234567",
        "a 24/7 service for 365 days",
        "+100 000 000 people",
    ],
)
def test_what_only_looks_like_it_is_let_through(text: str) -> None:
    assert found(personal_data, text) == {}


def test_only_the_kinds_named_are_looked_for_and_each_number_is_of_one() -> None:
    text = "anna@mill.example, 4111 1111 1111 1111"
    assert set(found(personal_data, text)) == {"card-number", "email-address"}
    assert set(found(personal_data, text, personal_data=PersonalDataRule(kinds=("email",)))) == {"email-address"}
    assert found(personal_data, text, personal_data=PersonalDataRule(enabled=False)) == {}


@pytest.mark.parametrize(
    "text",
    [
        "1 " * 5_000,
        "1" * 10_000,
        "a@" * 5_000,
        "a.@" * 3_333,
        "1 Aa " * 2_000,
        "A 1 " * 2_500,
        "+4420 7946 0018 " * 600,
        "GB82 " * 2_000,
        "4111 1111 1111 1111 " * 500,
        "a at b dot " * 900,
        "Aa" * 5_000 + "@",
        "A straße 1 " * 900,
        "Via " * 2_400 + "1",
        "Calle Aa Bb Cc Dd 1 " * 500,
    ],
)
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    personal_data(facts(text))
    assert time.process_time() - began < 0.5
