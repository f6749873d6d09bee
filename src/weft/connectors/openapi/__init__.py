"""Connectors from descriptions of interfaces: OpenAPI and Swagger documents, or one sample of an answer.

Recognising is pure: a document goes in, decisions with their evidence come out (`recognise`), and from those the
connector's manifest, the drafts of its tables and the report are made. What reads documents and probes is apart
(`reading`, `probe`).
"""
