"""The closed language of expressions: what it computes, and that nothing else can be reached by it."""

from datetime import UTC, datetime

import pytest

from weft.connectors.rest import moments
from weft.connectors.rest.expressions import NOW, Mistake, Template, Tree
from weft.connectors.rest.secret import Secret
from weft.connectors.rest.spans import span
from weft.errors import Invalid

NAMES = {
    "config": {"a": "x", "n": 3, "on": True, "start": "2026-01-31", "evil": "{{ config.a }}", "id": "00123"},
    "response": {"next": {"after": "5"}, "rows": [1, 2], "_links": {"next": "/p2"}, "0": "zero"},
    "headers": {"Sforce-Locator": "null"},
    "record": {"text": "A b", "n": None, "tags": ["p", "q"], "json": '{"k": 1}'},
    NOW: lambda: datetime(2026, 3, 1, 12, 30, tzinfo=UTC),
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain {braces} }}", "plain {braces} }}"),
        ("{{ config.a }}", "x"),
        ("{{config['n']+1}}", 4),
        ("a{{ response.next.after }}b{{ response.no.no['x'].no }}c{{ config.on }}", "a5bctrue"),
        ("{{ headers['Sforce-Locator'] if headers['Sforce-Locator'] != 'null' }}", None),
        ("{{ response._links.next }}", "/p2"),
        ("{{ response.rows[-1] ~ '}}' | upper }}", "2}}"),
        ("{{ response.rows[5] }}", None),
        ("{{ record.text.split(' ')[1] | default('q') }}", "b"),
        ("{{ record.n | default('q') }}", "q"),
        ("{{ record.n > 1 or record.n <= 1 }}", False),
        ("{{ config.get('zz', 'd') }}", "d"),
        ("{{ not (config.n in [1, 2]) and config.zz is none }}", True),
        ("{{ 'a' not in record.text and config is defined }}", True),
        ("{{ -2 * (3 + 4) // 4 % 3 }}", 2),
        ("{{ {'a': [1, 2]}.a | last }}", 2),
        ("{{ [3, 1] | sort | join(',') }}", "1,3"),
        ("{{ record.tags | tojson }}", '["p", "q"]'),
        ("{{ (record.json | json_loads).k }}", 1),
        ("{{ 'abc' | hash('sha256') | length }}", 64),
        ("{{ 'user:pass' | base64encode }}", "dXNlcjpwYXNz"),
        ("{{ 'order 77' | regex_search('order (\\\\d+)') | int }}", 77),
        ("{{ config.id | int ~ config.id }}", "12300123"),
        ("{{ max(1, 5, 2) + min([4, 3]) }}", 8),
        ("{{ config.a if config.n > 5 else 'no' if config.n > 4 else 'small' }}", "small"),
        ("{{ now_utc() - duration('P1M') }}", datetime(2026, 2, 1, 12, 30, tzinfo=UTC)),
        ("{{ format_datetime(str_to_datetime(config.start) + duration('P1M'), '%Y-%m-%d') }}", "2026-02-28"),
        ("{{ format_datetime('01/02/2026', '%s', '%d/%m/%Y') }}", "1769904000"),
        ("{{ now_utc().strftime('%ms') }}", "1772368200000"),
        ("{{ timestamp('2026-01-01T00:00:00+01:00') }}", 1767222000),
        (
            "{{ day_delta(-1, format='%Y-%m-%d') }} {{ today_with_timezone('Pacific/Auckland') }}",
            "2026-02-28 2026-03-02",
        ),
        ("{{ camel_case_to_snake_case('FirstName') }}/{{ sanitize_url('a b&c') }}", "first_name/a+b%26c"),
    ],
)
def test_computes(text, value):
    assert Template(text).render(NAMES) == value


def test_what_a_value_holds_is_never_read_as_an_expression():
    assert Template("{{ config.evil }}").render(NAMES) == "{{ config.a }}"
    assert Template("<{{ config.evil }}>").render(NAMES) == "<{{ config.a }}>"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "'__class__' before character 15 is not allowed"),
        ("{{ config['__init__'] }}", "'__init__' before character"),
        ("{% for x in config %}{% endfor %}", "'{%' at character 1 begins a statement, allowed are expressions"),
        ("{{ cycler.next }}", "'cycler' at character 4 is no name"),
        ("{{ lipsum() }}", "'lipsum' at character 4 is no function"),
        ("{{ ''.format(1) }}", "'format' at character 7 is no method"),
        ("{{ confg.a }}", "did you mean 'config'?"),
        ("{{ config.a | uper }}", "did you mean 'upper'?"),
        ("{{ config.a is odd }}", "'odd' at character 16 is no test"),
        ("x {{ config.a", "the expression that begins at character 3 has no end"),
        ("{{ 'a }}", "the text that begins at character 4 has no end"),
        ("{{ }}", "is empty"),
        ("{{ 1 + }}", "the end stands at character 8, expected was a value"),
        ("{{ config.a config.n }}", "'config' stands at character 13, expected was an operator"),
        ("{{ config ; 1 }}", "';' at character 11 has no meaning"),
        ("{{ " + "(" * 60 + "1" + ")" * 60 + " }}", "nested more than"),
        ("{{ " + "not " * 60 + "1 }}", "nested more than"),
        ("{{ 1 }}" + " " * 20_000, "characters, allowed are 20,000"),
    ],
)
def test_refuses_when_it_is_read(text, said):
    with pytest.raises(Mistake) as error:
        Template(text)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ 'a' * 1000000000 }}", "a text and a number cannot be computed with"),
        ("{{ config.a + 1 }}", "a text and a number cannot be added; '~' joins texts"),
        ("{{ config.n / 0 }}", "a division by zero"),
        ("{{ 9" + "9" * 70 + " * 1 }}", "a number that is too large"),
        ("{{ config.n.lower() }}", "a number has no 'lower'"),
        ("{{ 'x' | regex_search('(a+)+b') }}", "a repeated group"),
        ("{{ 'x' | regex_search('(') }}", "a regular expression is none: missing )"),
        ("{{ 'x' | hash('crc') }}", "'crc' is no hash, known are md5"),
        ("{{ duration('1 day') }}", "is no ISO 8601 duration"),
        ("{{ record.text | json_loads }}", "wrong types of values"),
    ],
)
def test_tells_what_cannot_be_computed(text, said):
    with pytest.raises(Invalid) as error:
        Template(text).render(NAMES)
    assert said in str(error.value) and "A b" not in str(error.value)


def test_trees_and_secrets():
    tree = Tree({"q": ["{{ config.n }}", {"{{ config.a }}": "{{ config.a }}!"}], "k": 1})
    assert tree.render(NAMES) == {"q": [3, {"x": "x!"}], "k": 1}
    secret = Secret.of("s3cr3t", "secret://env/X")
    found = Template("{{ config.token }}").render({"config": {"token": secret}})
    assert found == "s3cr3t" and found.reference == "secret://env/X" and "s3cr3t" not in repr({"t": found})


def test_moments():
    moment = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
    forms = ("%s", "%ms", "%epoch_microseconds", "%s_as_float", "%Y-%m-%dT%H:%M:%S.%_msZ", "%Y-%m-%dT%H:%M:%S%z")
    texts = [moments.written(moment, form) for form in forms]
    assert texts == [
        "1767323045", "1767323045678", "1767323045678000", "1767323045.678000",
        "2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05+0000",
    ]  # fmt: skip
    seconds = moment.replace(microsecond=0)
    assert [moments.read(t, (f,)) for t, f in zip(texts, forms, strict=True)] == [
        seconds, moment, moment, moment, moment, seconds,
    ]  # fmt: skip
    assert moments.read("2026-01-02T03:04:05.678901234Z", ()) == moment.replace(microsecond=678901)
    berlin = moments.zone_named("Europe/Berlin")
    assert moments.read("2026-07-01 02:00:00", ("%Y-%m-%d %H:%M:%S",), berlin) == datetime(2026, 7, 1, tzinfo=UTC)
    assert moment - span("P1M") == datetime(2025, 12, 2, 3, 4, 5, 678000, tzinfo=UTC)
    for wrong in ("P", "PT", "1D", "P1.5D", "", "P1H"):
        with pytest.raises(ValueError, match="ISO 8601"):
            span(wrong)
