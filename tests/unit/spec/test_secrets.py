from __future__ import annotations

import pytest

from weft.spec import check_document

SOURCE = "apiVersion: weft/v1\nkind: Source\nname: crm\nconnector: sql\nconfig:\n  {}\n"
SECRET = "hunter2hunter2"


def told(line):
    return [str(p) for p in check_document("crm.yaml", SOURCE.format(line).encode())]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (f"password: {SECRET}", "6:3: error: 'password' holds a secret in clear text"),
        (f"apiKey: {SECRET}", "6:3: error: 'apiKey' holds a secret in clear text"),
        (f"auth: {{client_secret: {SECRET}}}", "6:10: error: 'client_secret' holds a secret in clear text"),
        (f"tokens: [{{token: {SECRET}}}]", "6:13: error: 'token' holds a secret in clear text"),
        ("token: 12345", "6:3: error: 'token' holds a secret in clear text"),
        (f"password: secret://{SECRET}", "6:3: error: 'password' holds a secret in clear text"),
        (f"url: postgresql://ida:{SECRET}@db/crm", "6:3: error: 'url' holds a URL with a password in it"),
        (f"url: postgresql://:{SECRET}@db/crm", "6:3: error: 'url' holds a URL with a password in it"),
        (f"url: https://x/y?a=1&access_token={SECRET}", "6:3: error: 'url' holds a secret in its parameters"),
        (f"dsn: host=db password={SECRET}", "6:3: error: 'dsn' holds a secret in its parameters"),
        ("note: AKIAABCDEFGHIJKLMNOP", "6:3: error: 'note' holds what looks like a key or token"),
        ("pem: '-----BEGIN RSA PRIVATE KEY----- abc'", "6:3: error: 'pem' holds what looks like a key or token"),
    ],
)
def test_a_secret_is_refused_and_not_shown(line, what):
    (found,) = told(line)
    assert (
        found
        == f"crm.yaml:{what}; write a reference such as secret://vault/NAME, secret://env/NAME or secret://file/PATH instead"
    )
    assert SECRET not in found
    assert "12345" not in found


@pytest.mark.parametrize(
    "line",
    [
        "password: secret://env/CRM_PASSWORD", "apiKey: secret://file/keys/crm", "password:", "password: ''",
        "url: postgresql://ida@db/crm", "url: 'https://x.example:8080/a@b'", "nullTokens: [NA]", "note: the password is in the vault",
        "passwordColumn: pw", "cookies: false",
    ],
)  # fmt: skip
def test_references_and_harmless_words_pass(line):
    assert told(line) == []


def test_a_secret_of_a_domain_is_for_its_own_documents():
    text = SOURCE.format("password: 'secret://vault/hr/pay'").encode()
    assert check_document("domains/hr/sources/crm.yaml", text) == ()
    for path in ("domains/sales/sources/crm.yaml", "domains/hr-2/sources/crm.yaml"):
        (found,) = check_document(path, text)
        assert f"{path}:6:3: error: it refers to a secret of the domain 'hr'" in str(found)
    hidden = SOURCE.format("url: 'https://x.example/?key={secret://vault/hr/pay}'").encode()
    assert any("domain 'hr'" in str(p) for p in check_document("domains/sales/sources/crm.yaml", hidden))


def test_standards_documents_are_looked_through_too():
    text = "apiVersion: v3.1.0\nkind: DataContract\nid: x\nversion: 1.0.0\nstatus: draft\nservers:\n"
    text += f"  - {{server: a, type: custom, location: 'mysql://me:{SECRET}@db/x'}}\n"
    (found,) = check_document("x.odcs.yaml", text.encode())
    assert "'location' holds a URL with a password in it" in str(found)


def test_a_wrong_document_does_not_show_its_secret():
    text = SOURCE.format(f"password: {SECRET}").replace("connector: sql", f"password: {SECRET}")
    found = "\n".join(str(p) for p in check_document("crm.yaml", text.encode()))
    assert "'connector' is missing" in found
    assert SECRET not in found
