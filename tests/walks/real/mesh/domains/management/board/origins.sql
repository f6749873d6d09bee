-- Leads by where they came from, and how many of them became sellers.
SELECT date_trunc('quarter', l.first_contact_date) AS quarter, l.origin, count(*) AS leads, count(d.mql_id) AS converted
FROM marketing.funnel.leads l LEFT JOIN marketing.funnel.deals d ON d.mql_id = l.mql_id GROUP BY ALL
