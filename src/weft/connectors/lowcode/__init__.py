"""Manifests of the Airbyte low-code language as connectors of weft: the same words, laid out flat.

What is not understood is reported with its place and never guessed: a stream with such a part is left out.
"""
