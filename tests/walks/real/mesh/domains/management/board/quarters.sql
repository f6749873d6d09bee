-- Sales and marketing side by side, by quarter.
WITH sales AS (
  SELECT date_trunc('quarter', close_date) AS quarter,
         count(*) AS closed,
         count(*) FILTER (WHERE stage = 'Won') AS won,
         sum(close_value) FILTER (WHERE stage = 'Won') AS won_revenue
  FROM sales.pipeline.opportunities WHERE stage IN ('Won', 'Lost') GROUP BY 1
), funnel AS (
  SELECT date_trunc('quarter', l.first_contact_date) AS quarter, count(*) AS leads, count(d.mql_id) AS converted
  FROM marketing.funnel.leads l LEFT JOIN marketing.funnel.deals d ON d.mql_id = l.mql_id GROUP BY 1
)
SELECT coalesce(s.quarter, f.quarter) AS quarter,
       coalesce(s.closed, 0) AS closed,
       coalesce(s.won, 0) AS won,
       s.won / s.closed AS win_rate,
       s.won_revenue,
       coalesce(f.leads, 0) AS leads,
       coalesce(f.converted, 0) AS converted
FROM sales s FULL JOIN funnel f ON f.quarter = s.quarter
