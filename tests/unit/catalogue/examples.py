"""The smallest sound catalogue, with one record of every kind, and a folder to put a text into."""

from pathlib import Path

from dawr.catalogue.calendars import Calendar, calendar_of
from dawr.catalogue.folder import read_folder
from dawr.catalogue.model import Closure, Hours, Noun, Office

SMALL = """\
%rec: Source

source: KW/cabinet
issuer: cabinet
issuer_ar: مجلس الوزراء
issuer_en: Council of Ministers
title_ar: قرار
title_en: Decision
issued: 1/1/2020
kind: decision

%rec: Authority

authority: KW-MOI
name_ar: وزارة الداخلية
name_en: Ministry of Interior
country_ar: الكويت
country_en: Kuwait
site: www.moi.gov.kw
timezone: Asia/Kuwait
from: 2020-01-01
by: KW/cabinet

%rec: Department

department: KW-MOI/residency
name_ar: شؤون الإقامة
name_en: Residency
from: 2020-01-01
by: KW/cabinet

%rec: Office

office: KW-MOI/HAW-R
department: KW-MOI/residency
name_ar: إقامة حولي
name_en: Hawalli residency
place_ar: حولي
place_en: Hawalli
governorate: HAW
governorate_ar: حولي
governorate_en: Hawalli
timezone: Asia/Kuwait
latitude: 29.3328
longitude: 48.0286
hall_limit: 60
figures_by: KW/cabinet
from: 2020-01-01
by: KW/cabinet

# One morning shift; the days of work are those of the country.
%rec: Hours

office: KW-MOI/HAW-R
shift: morning
opens: 07:30
closes: 13:30
from: 2020-01-01
by: KW/cabinet

%rec: Service

service: KW-MOI/18
department: KW-MOI/residency
name_ar: تجديد إقامة المادة 18
name_en: Residency renewal, article 18
summary_ar: يجدد صاحب العمل إقامة العاملين لديه.
summary_en: An employer renews the residency of his workers.
channel: both
first_time: in_person_with_originals
served_at: any
tier: normal
minutes_per_visit: 12
done_within_days: 2
may_act: employer self
may_not_act: sponsor
restriction_check: yes
figures_by: KW/cabinet
from: 2020-04-01
by: KW/cabinet

%rec: Document

service: KW-MOI/18
item: passport
name_ar: جواز السفر
name_en: Passport
form: original
needed: always
from: 2020-01-01
by: KW/cabinet

%rec: Closure

scope: KW
effect: closed
name_ar: تعطيل العمل
name_en: Work suspended
from: ١٢/3/٢٠٢٠
until: 30/6/2020
by: KW/cabinet

%rec: Fee

service: KW-MOI/18
item: each-year
name_ar: رسم الإقامة عن كل سنة
name_en: Residency,
+ each year
amount: 10.000 KWD
from: 2027-01-01
by: KW/cabinet
"""


def folder_with(folder: Path, text: str) -> Path:
    (folder / "all.rec").write_text(text, encoding="utf-8")
    return folder


def nouns_of(text: str) -> list[Noun]:
    nouns, faults = read_folder({"all.rec": text.encode()})
    assert not faults, faults
    return nouns


def hawalli(extra: str = "") -> Calendar:
    """The calendar of the example's one office, with more records at the end."""
    nouns = nouns_of(SMALL + extra)
    return calendar_of(
        next(noun for noun in nouns if isinstance(noun, Office)),
        hours=[noun for noun in nouns if isinstance(noun, Hours)],
        closures=[noun for noun in nouns if isinstance(noun, Closure)],
    )
