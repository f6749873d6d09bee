"""KPIs compiled to SQL."""
