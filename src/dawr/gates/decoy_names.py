"""Names that belong to nobody, for the screen to show in place of the signed one now and then."""

from dawr.kernel.signing import keyed_hash

DECOYS_PER_DAY = 60
OF_MEN = """
أحمد إبراهيم أسامة أنور بدر بسام تركي جاسم جمال حامد حسن خالد خليل راشد رامي زياد سالم سامي سعد صالح ضاري طارق عادل عامر
عبدالله عثمان علي عماد فارس فهد كريم ماجد مبارك محمد مشعل ناصر نواف هاشم وليد يوسف
"""
OF_WOMEN = """
أسماء أمل بدور جميلة حصة دانة رنا ريم زينب سارة شيماء عائشة غادة فاطمة لطيفة ليلى مريم منى نورة هند
"""
OF_FAMILIES = """
البستاني البناء التاجر الحافظ الحداد الحكيم الخطاط الخياط الدباغ الرسام الزجاج السراج الشاعر الصافي الصباغ الصياد
العطار الغواص الفلاح القاسم الكاتب اللبان المرشد المعمار المنصور النجار النحاس النقاش الوراق الوزان
"""
FATHERS, FAMILIES = OF_MEN.split(), OF_FAMILIES.split()
FIRST = FATHERS + OF_WOMEN.split()


def decoy_names(key: bytes) -> tuple[str, ...]:
    """The decoys of an office's day: four parts each, put together anew every day, so that nobody learns the list."""
    return tuple(dict.fromkeys(_name(keyed_hash(key, b"decoy name|%d" % number)) for number in range(DECOYS_PER_DAY)))


def _name(chance: bytes) -> str:
    parts = zip((FIRST, FATHERS, FATHERS, FAMILIES), range(0, len(chance), 8), strict=True)
    return " ".join(names[int.from_bytes(chance[start : start + 8]) % len(names)] for names, start in parts)
