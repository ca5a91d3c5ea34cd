"""What the browser fetches is named by its content, and a folder of modules stays together."""

import re
from posixpath import dirname, join, normpath

from dawr.web.page import asset, assets_in, static_folder

IMPORTED = re.compile(r"""from "(\.{1,2}/[\w./-]+)";""")


def text_at(address: str) -> str:
    return (static_folder() / address.removeprefix("/static/")).read_text(encoding="utf-8")


def test_an_asset_carries_the_hash_of_its_content() -> None:
    assert re.fullmatch(r"/static/built/dawr\.rtl\.[0-9a-f]{12}\.css", asset("dawr.rtl.css"))


def test_the_gates_modules_lie_in_one_folder_whose_name_changes_with_any_of_them() -> None:
    addresses = assets_in("gates/gate")
    folders = {address.rpartition("/")[0] for address in addresses}
    assert len(addresses) == len(set(addresses)) >= 10
    assert len(folders) == 1
    assert re.fullmatch(r"/static/built/gates/gate\.[0-9a-f]{12}", folders.pop())
    assert asset("gates/gate/verdict.js") in addresses


def test_every_module_finds_what_it_imports() -> None:
    for folder in ("gates/gate", "zxing"):
        addresses = assets_in(folder)
        for address in (each for each in addresses if each.endswith(".js")):
            for imported in IMPORTED.findall(text_at(address)):
                assert normpath(join(dirname(address), imported)) in addresses, f"{address} imports {imported}"


def test_a_folder_that_is_not_there_has_no_assets() -> None:
    assert assets_in("gates/nothing") == []
