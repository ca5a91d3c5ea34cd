"""Folders of record files: each kind of fault, at its line, all of them at once."""

import pytest

from dawr.catalogue.folder import country, read_folder
from dawr.catalogue.model import Fee, Service
from tests.unit.catalogue.examples import SMALL, nouns_of


def faults_of(text: str) -> list[str]:
    return [str(fault) for fault in read_folder({"all.rec": text.encode()})[1]]


def line_of(fragment: str, text: str = SMALL) -> int:
    return text[: text.index(fragment)].count("\n") + 1


def test_the_smallest_catalogue_is_sound() -> None:
    nouns = nouns_of(SMALL)
    assert country(nouns) == "KW"
    fee = next(noun for noun in nouns if isinstance(noun, Fee))
    assert (str(fee.money), fee.name_en) == ("10.000 KWD", "Residency, each year")
    service = next(noun for noun in nouns if isinstance(noun, Service))
    assert (service.has_restriction_check, service.times_a_year_max) == (True, None)


FAULTS = [
    ("amount: 10.000 KWD", "amount: 10.0000 KWD", "amount '10.0000 KWD': '10.0000' has more decimals than KWD"),
    ("opens: 07:30", "opens: 7.30", "opens '7.30': write a time as 07:30"),
    ("channel: both", "channel: fax", "channel 'fax': 'fax' is none of online, in_person, both"),
    ("hall_limit: 60", "hall_limit: 0", "hall_limit '0': must lie between 1 and 10000"),
    ("latitude: 29.3328", "latitude: north", "latitude 'north': write degrees as 29.3335"),
    ("until: 30/6/2020", "until: 31/6/2020", "until '31/6/2020': there is no such day in the calendar"),
    ("restriction_check: yes", "restriction_check: maybe", "restriction_check 'maybe': write yes or no"),
    ("may_not_act: sponsor", "may_not_act: self", "self both may and may not act"),
    ("closes: 13:30", "closes: 07:00", "the office closes before it opens"),
    ("minutes_per_visit: 12", "minutes_per_visit:", "minutes_per_visit is empty"),
    ("minutes_per_visit: 12", "minuten: 12", "a Service has no field minuten"),
    ("site: www.moi.gov.kw", "site: Www Moi", "site 'Www Moi': write it like www.moi.gov.kw"),
    (
        "until: 30/6/2020",
        "until: 1/3/2020",
        "until is the first day on which this no longer holds, so it lies after from",
    ),
    ("scope: KW", "scope: KW-MOFA", "no record describes KW-MOFA, so it cannot be closed"),
    ("%rec: Fee", "%rec: Fees", "'%rec: Fees' is none of Source, Authority"),
    ("timezone: Asia/Kuwait\nlatitude", "timezone: Kuwait\nlatitude", "timezone 'Kuwait': not a time zone"),
]


@pytest.mark.parametrize(("sound", "faulty", "sentence"), FAULTS)
def test_each_fault_is_told_at_its_own_line(sound: str, faulty: str, sentence: str) -> None:
    text = SMALL.replace(sound, faulty, 1)
    assert text != SMALL
    told = faults_of(text)
    at = line_of("service: KW-MOI/18\nitem: each-year") if sound == "%rec: Fee" else line_of(sound)
    assert any(fault.startswith(f"all.rec:{at}: {sentence}") for fault in told), told


def test_a_missing_field_is_told_at_the_start_of_its_record() -> None:
    text = SMALL.replace("name_en: Passport\n", "")
    start = line_of("%rec: Document", text) + 2
    assert faults_of(text) == [f"all.rec:{start}: this Document needs the field name_en"]


def test_a_field_that_stands_twice_is_a_fault() -> None:
    assert any("item stands twice" in fault for fault in faults_of(SMALL.replace("item: passport", "item: a\nitem: b")))


def test_all_faults_of_all_files_come_at_once_in_order() -> None:
    bad = SMALL.replace("opens: 07:30", "opens: x").replace("item: each-year", "item: Each Year")
    faults = read_folder({"b.rec": bad.encode(), "a.rec": b"nonsense"})[1]
    assert [fault.file for fault in faults] == ["a.rec", "b.rec", "b.rec"]
    assert faults == sorted(faults)


def test_names_of_things_that_no_record_describes_are_faults() -> None:
    text = SMALL.replace("department: KW-MOI/residency\nname_ar: تجديد", "department: KW-MOI/traffic\nname_ar: تجديد")
    assert faults_of(text) == [
        f"all.rec:{line_of('department: KW-MOI/traffic', text)}: no record describes the department KW-MOI/traffic"
    ]
    assert any(
        "the source KW/nobody" in fault for fault in faults_of(SMALL.replace("by: KW/cabinet", "by: KW/nobody", 1))
    )


def test_the_same_thing_twice_names_both_places() -> None:
    fee = SMALL[SMALL.index("%rec: Fee") :]
    first = line_of("service: KW-MOI/18\nitem: each-year")
    assert faults_of(SMALL + "\n" + fee)[0].endswith(
        f"fee KW-MOI/18 each-year 2027-01-01 stands already at all.rec:{first}"
    )


def test_a_second_fee_of_a_later_day_is_no_double() -> None:
    fee = SMALL[SMALL.index("%rec: Fee") :].replace("2027-01-01", "2028-01-01")
    assert faults_of(SMALL + "\n" + fee) == []


def test_two_countries_do_not_share_a_folder() -> None:
    authority = SMALL[SMALL.index("%rec: Authority") : SMALL.index("%rec: Department")].replace("KW-MOI", "SA-MOI")
    assert any("this folder is about KW" in fault for fault in faults_of(SMALL + "\n" + authority))


def test_a_country_without_a_calendar_is_a_fault() -> None:
    assert any(
        "no calendar is known for the country XX" in f
        for f in faults_of(SMALL.replace("KW", "XX").replace("10.000 XXD", "10.000 KWD"))
    )


def test_an_empty_folder_is_a_fault() -> None:
    assert read_folder({})[1][0].sentence == "the folder holds no record"


STAGED = SMALL.replace("restriction_check: yes", "restriction_check: yes\nopened_by: cabinet")
OPENING = "\n%rec: Opening\n\nservice: KW-MOI/18\nfrom: 2027-03-01\nby: {}\n"
MINISTRY = "\n%rec: Source\n\nsource: KW/ministry\nissuer: moi\nissuer_ar: و\nissuer_en: m\ntitle_ar: ق\ntitle_en: d\n"


def test_a_service_that_waits_is_opened_by_the_right_body_alone() -> None:
    assert faults_of(STAGED + OPENING.format("KW/cabinet")) == []
    ministry = MINISTRY + "issued: 2027-01-01\nkind: decision\n"
    told = faults_of(STAGED + ministry + OPENING.format("KW/ministry"))
    assert told[0].endswith("only a decision of cabinet opens KW-MOI/18, not one of moi")


def test_a_report_of_the_right_body_opens_nothing() -> None:
    report = STAGED.replace("kind: decision", "kind: report")
    assert len(faults_of(report + OPENING.format("KW/cabinet"))) == 1


def test_a_service_that_does_not_wait_is_not_opened() -> None:
    assert "waits for no decision" in faults_of(SMALL + OPENING.format("KW/cabinet"))[0]


def test_a_service_that_waits_for_an_unknown_body_is_a_fault() -> None:
    assert (
        "no source is issued by parliament"
        in faults_of(STAGED.replace("opened_by: cabinet", "opened_by: parliament"))[0]
    )
