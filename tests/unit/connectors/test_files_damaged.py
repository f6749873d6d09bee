"""Whatever is wrong with a file, it is told as ours, and nothing is left behind."""

from __future__ import annotations

import random

import pytest

from unit.connectors import test_files_columnar as columnar
from unit.connectors import test_files_workbook as workbook
from unit.connectors import test_files_xml as xml
from weft.connectors.files.kind import Files, FileStream
from weft.errors import Invalid

MAKE = {
    "orc": lambda path: columnar.orc.write_table(columnar.TABLE, path),
    "avro": lambda path: columnar.avro(path, [columnar.DEAL] * 20),
    "xlsx": lambda path: workbook.workbook(path, {"R": [["a", "b"], [1, "x"], [2, None]]}),
    "xml": lambda path: path.write_text(xml.VERSIONS),
}


@pytest.mark.parametrize("kind", MAKE)
def test_bytes_that_changed_on_the_way(reach, kind):
    path = reach.folder / f"a.{kind}"
    MAKE[kind](path)
    whole, dice = path.read_bytes(), random.Random(20261123)
    refused = []
    for _ in range(30 if kind == "orc" else 150):  # a process each
        content = bytearray(whole)
        for _ in range(dice.randint(1, 6)):
            content[dice.randrange(len(content))] = dice.randrange(256)
        path.write_bytes(content[: dice.randrange(len(content))] if dice.random() < 0.2 else content)
        try:
            list(Files(records="version").read(reach, "s", FileStream(path="a.*"), {}))
        except Invalid as error:
            refused.append(error)
        assert list(reach.scratch.iterdir()) == []
    assert len(refused) > 15
    assert all(f"a.{kind}" in error.message and error.hint for error in refused)


def test_an_orc_file_that_ends_the_process_which_reads_it(reach):
    """A decimal of more digits than there are: Arrow checks it with an abort."""
    table = columnar.pa.table({"amount": columnar.pa.array([None], columnar.pa.decimal128(33, 2))})
    columnar.orc.write_table(table, reach.folder / "a.orc")
    content = (reach.folder / "a.orc").read_bytes()
    places = [n for n in range(len(content)) if content[n] == 33]
    assert places
    for place in places:
        (reach.folder / "a.orc").write_bytes(content[:place] + bytes([115]) + content[place + 1 :])
        with pytest.raises(Invalid, match=r"a\.orc is not a complete ORC file"):
            list(Files().read(reach, "s", FileStream(path="a.*"), {}))
