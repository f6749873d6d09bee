"""Every page of the portal, by an address in Messy, Inc."""

from __future__ import annotations

PAGES = {
    "home": "/",
    "search": "/search?q=revenue",
    "search_all": "/search",
    "search_nothing": "/search?q=xyzzyplugh",
    "product": "/p/sales/pipeline",
    "product_masked": "/p/people/staff",
    "product_held": "/p/marketing/spend",
    "schema": "/p/people/staff/schema",
    "sample": "/p/people/staff/sample",
    "quality": "/p/sales/crm/quality?table=accounts",
    "lineage": "/p/sales/pipeline/lineage",
    "lineage_all": "/p/finance/margin/lineage?by=table&up=-1&down=-1",
    "lineage_source": "/lineage?of=sales.salesforce&down=-1",
    "use": "/p/sales/pipeline/use?table=opportunities",
    "usage": "/p/sales/pipeline/usage",
    "contract": "/p/sales/pipeline/contract",
    "history": "/p/sales/pipeline/history",
    "table": "/p/sales/pipeline/opportunities",
    "domains": "/domains",
    "domain": "/domains/sales",
    "sources": "/sources",
    "source": "/sources/sales/salesforce",
    "source_rows": "/sources/sales/salesforce/rows?stream=User",
    "connectors": "/connectors",
    "connector": "/connectors/Files",
    "describe": "/describe",
    "connect_streams": "/connect/sales/salesforce",
    "connect_preview": "/connect/sales/salesforce/preview?stream=User",
    "runs": "/runs",
    "runs_product": "/runs?product=sales.pipeline",
    "quarantine": "/quarantine",
    "quarantine_table": "/quarantine/sales/crm/accounts",
    "query": "/query?sql=SELECT%20stage%20FROM%20sales.pipeline.opportunities",
    "boards": "/boards",
    "board": "/boards/company",
    "metric": "/metrics/oee",
    "dark": "/dark",
    "glossary": "/glossary",
    "events": "/events",
    "events_filtered": "/events?type=publication.held&day=2026-10-01&subject=marketing.spend.ad_spend",
    "people": "/people",
    "person": "/people/sam@messy.example",
    "me": "/me",
    "error": "/p/sales/nothing",
}
NO_TWIN = {"error", "describe"}
"""An error's twin is a problem document; a form that shows nothing has none."""
CLOSED = {"source_rows", "connect_streams", "connect_preview"}
"""For who works with it; a 403 for others."""
