"""`dawr verify second-looks`: an office's day recomputed from its file, without Dawr's database or any of its keys."""

from dataclasses import dataclass
from typing import Literal

from dawr.gates.second_looks import SecondLooks, read


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of the answer."""

    word: Literal["ok", "note", "FAIL"]
    found: str


def verify_second_looks(text: str, *, commitment: str | None) -> list[Check]:
    """What the file of a day comes to; `commitment`, in hexadecimal, is the one that the public log holds.

    Refuses with Malformed what is not such a file.
    """
    day = read(text)
    return [_secret(day, commitment=commitment), _choice(day), _left_out(day)]


def _secret(day: SecondLooks, *, commitment: str | None) -> Check:
    if not day.is_committed_secret or (commitment is not None and commitment.lower() != day.commitment.hex()):
        return Check(word="FAIL", found="the secret is not the one that was committed to before the day")
    if commitment is None:
        return Check(word="note", found="the commitment came with the file; give --commitment from the public log")
    return Check(word="ok", found="the secret is the one that was committed to before the day")


def _choice(day: SecondLooks) -> Check:
    if day.misstated:
        named = ", ".join(row.ticket_id.hex() for row in day.misstated)
        return Check(word="FAIL", found=f"the file says otherwise than the secret about {named}")
    return Check(
        word="ok",
        found=f"{day.office_id} on {day.day_on}: of {len(day.rows)} tickets let in, the secret asked for "
        f"{len(day.due)} second looks",
    )


def _left_out(day: SecondLooks) -> Check:
    if day.left_out:
        named = ", ".join(row.ticket_id.hex() for row in day.left_out)
        return Check(word="note", found=f"{len(day.left_out)} were left out at a device: {named}")
    return Check(word="ok", found="no device left one out")
