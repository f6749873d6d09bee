"""Streams of a manifest, read from a server whose answers are written here."""

from manifests import Reader, answers, source

ORDERS = """
orders: {path: /orders, records: data, key: id, pagination: {kind: PageIncrement, pageSize: 2, startFromPage: 1, pageTokenOption: page, pageSizeOption: per_page}}
"""


def test_simple(told, site):
    rows = [{"id": n, "x": f"r{n}"} for n in range(5)]

    def orders(asked):
        page = int(asked.params.get("page", 1))
        return {"data": rows[(page - 1) * 2 : page * 2]}

    site.answer = answers({"/orders": orders})
    r = Reader(source(site, ORDERS), told, "orders")
    assert r.read() == rows
    assert [a.params for a in site.asked] == [
        {"per_page": "2"},
        {"page": "2", "per_page": "2"},
        {"page": "3", "per_page": "2"},
    ]
    assert r.read() == rows and r.modes == ["replace"]
    source(site, ORDERS).test(told)
    assert [s.key for s in source(site, ORDERS).discover(told, {})] == [("id",)]
