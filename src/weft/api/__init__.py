"""The HTTP API below /api/v1: each address is one flow view, or one deed; OpenAPI 3.1 says all of it."""

from weft.api.app import PREFIX, application

__all__ = ["PREFIX", "application"]
