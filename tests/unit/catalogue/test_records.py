"""The syntax of record files."""

from dawr.catalogue.records import Fault, read_records


def lines_of(text: str) -> list[tuple[str, int, dict[str, tuple[str, int]]]]:
    records, faults = read_records(text.encode(), file="f.rec")
    assert not faults
    return [(r.kind, r.line, {f.name: (f.value, f.line) for f in r.fields}) for r in records]


def faults_of(text: bytes) -> list[str]:
    return [str(fault) for fault in read_records(text, file="f.rec")[1]]


def test_records_know_their_kind_and_every_field_its_line() -> None:
    text = "# a comment\n%rec: Fee\n\nitem: a\namount: 1\n\n\nitem: b\n"
    assert lines_of(text) == [
        ("Fee", 4, {"item": ("a", 4), "amount": ("1", 5)}),
        ("Fee", 8, {"item": ("b", 8)}),
    ]


def test_a_comment_inside_a_record_does_not_end_it_and_keeps_the_count() -> None:
    assert lines_of("%rec: Fee\nitem: a\n# why\namount: 1") == [("Fee", 2, {"item": ("a", 2), "amount": ("1", 4)})]


def test_a_plus_continues_the_value_before_it() -> None:
    assert lines_of("%rec: Fee\nname: one\n+ two\n+three") == [("Fee", 2, {"name": ("one two three", 2)})]


def test_line_ends_of_other_systems_and_a_byte_order_mark_are_no_faults() -> None:
    assert lines_of("\ufeff%rec: Fee\r\nitem: a\r\n\r\nitem: b\r\n")[1][1] == 4


def test_direction_marks_are_taken_out_of_values() -> None:
    assert lines_of("%rec: Fee\nname: \u200fرسم\u200e \u00a0سنة")[0][2]["name"][0] == "رسم سنة"


def test_faults_name_their_line() -> None:
    assert faults_of(b"item: a\n") == ["f.rec:1: a record stands before the first '%rec: Kind'"]
    assert faults_of(b"%rec: Fee\nitem a\n") == ["f.rec:2: not a 'field: value' line: item a"]
    assert faults_of(b"%rec: Fee\n\n+ more\n") == ["f.rec:3: not a 'field: value' line: + more"]
    assert faults_of(b"%key: item\n") == ["f.rec:1: only %rec is known here, not %key"]
    assert faults_of(b"%rec: Fee\nname: \xff\n") == ["f.rec:2: the file is not UTF-8 text from here on"]


def test_faults_are_in_order_of_file_and_line() -> None:
    later, earlier = Fault(file="b", line=2, sentence="x"), Fault(file="b", line=1, sentence="y")
    assert sorted([later, earlier]) == [earlier, later]
    assert Fault(file="a", line=9, sentence="z") < earlier
