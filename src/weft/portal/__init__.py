"""The portal: pages rendered on the server; each shows what one flow call returns, and has a JSON twin."""

from weft.portal.app import application

__all__ = ["application"]
