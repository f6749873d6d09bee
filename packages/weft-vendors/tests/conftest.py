"""Simulated systems, served."""

from __future__ import annotations

import pytest
from salesforce_org import NOW, Org

from weft_vendors.core import Clock, serving
from weft_vendors.salesforce import VENDOR


@pytest.fixture
def org():
    made = VENDOR(clock=Clock(NOW), seed=4, page=30)
    with serving(made):
        yield Org(made)
