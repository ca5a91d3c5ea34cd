"""The public pages of services and offices, in both languages."""

import httpx

SERVICES = ["18", "22", "24", "14", "FIRST", "PPT-DATA", "VISIT", "DL-RENEW", "DL-PICKUP", "PASSPORT"]


async def test_services_stand_under_their_authority_in_arabic(site: httpx.AsyncClient) -> None:
    text = (await site.get("/services")).text
    for words in ("وزارة الداخلية", "الإدارة العامة لشؤون الإقامة", "تجديد إقامة المادة 18", "/services/KW-MOI/18"):
        assert words in text
    assert "مغلقة حتى يصدر قرار بفتحها" in text


async def test_services_are_found_without_a_script(site: httpx.AsyncClient) -> None:
    found = (await site.get("/services", params={"q": "رخصه فاقد"})).text
    assert "/services/KW-MOI/DL-LOST" in found
    assert "/services/KW-MOI/18" not in found
    nothing = (await site.get("/services", params={"q": "<b>سفينة"})).text
    assert "لا توجد خدمة فيها «&lt;b&gt;سفينة»" in nothing


async def test_every_kind_of_service_has_its_page_in_both_languages(site: httpx.AsyncClient) -> None:
    for language in ("ar", "en"):
        for code in SERVICES:
            answer = await site.get(f"/language/{language}", params={"back": f"/services/KW-MOI/{code}"})
            assert answer.status_code == 200, (language, code)
            assert f'lang="{language}"' in answer.text


async def test_a_service_says_who_how_where_what_and_by_which_decision(site: httpx.AsyncClient) -> None:
    text = (await site.get("/services/KW-MOI/18")).text
    for words in (
        "صاحب العمل عن العاملين لديه",
        "نحو 12 دقيقة",
        "خلال يومي عمل",
        "مرة واحدة في السنة على الأكثر",
        "حضورياً، ومعك أصول المستندات",
        "جواز السفر ساري المفعول",
        "<bdi>10.000</bdi> د.ك",
        "للتوضيح فقط",
        "تقرير الوزارة عن خدماتها الإلكترونية",
        "/offices/KW-MOI/HAW-R",
        "/draws?service=KW-MOI/18",
        "الموعد نفسه مجاني دائماً",
    ):
        assert words in text, words


async def test_a_sponsor_who_is_excluded_reads_so(site: httpx.AsyncClient) -> None:
    text = (await site.get("/language/en", params={"back": "/services/KW-MOI/24"})).text
    assert "Who may not" in text
    assert "the sponsor, the employer, for own workers" in text


async def test_a_service_that_waits_for_a_decision_says_so_and_offers_no_draw(site: httpx.AsyncClient) -> None:
    text = (await site.get("/services/KW-MOI/VISIT")).text
    assert "هذه الخدمة جاهزة لكنها مغلقة" in text
    assert "/draws?service" not in text


SAID = {
    "ar": ("إدارة مرور محافظة حولي", "الفترة المسائية", "من <bdi>15:30</bdi> إلى <bdi>18:30</bdi>", "كل يوم عمل"),
    "en": ("Traffic Department, Hawalli", "Evening", "from <bdi>15:30</bdi> to <bdi>18:30</bdi>", "working day"),
}


async def test_an_office_says_where_when_and_what_in_both_languages(site: httpx.AsyncClient) -> None:
    for language, said in SAID.items():
        text = (await site.get(f"/language/{language}", params={"back": "/offices/KW-MOI/HAW-T"})).text
        for words in (*said, "HAW-T", "/services/KW-MOI/DL-RENEW", "/offices/KW-MOI/HAW-T/capacity"):
            assert words in text, words


async def test_what_the_catalogue_does_not_know_is_not_found(site: httpx.AsyncClient) -> None:
    unknown = ["/services/KW-MOI/19", "/services/XX/18", "/offices/KW-MOI/NONE", "/offices/KW-MOI/NONE/capacity"]
    assert [(await site.get(path)).status_code for path in unknown] == [404] * 4


async def test_an_office_without_plans_says_that_nothing_is_published(site: httpx.AsyncClient) -> None:
    assert "لم يُنشر شيء بعد" in (await site.get("/offices/KW-MOI/HAW-R/capacity")).text


async def test_the_pages_are_light(site: httpx.AsyncClient) -> None:
    for path in ("/services", "/services/KW-MOI/18", "/offices/KW-MOI/HAW-R"):
        assert len((await site.get(path)).text.encode()) < 50_000, path
