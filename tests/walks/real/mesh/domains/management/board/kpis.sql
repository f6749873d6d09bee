-- One number of each silo.
WITH counted AS (
  SELECT 'win rate' AS kpi, count(*) FILTER (WHERE stage = 'Won') AS part, count(*) AS whole
  FROM sales.pipeline.opportunities WHERE stage IN ('Won', 'Lost')
  UNION ALL
  SELECT 'lead conversion', count(d.mql_id), count(*)
  FROM marketing.funnel.leads l LEFT JOIN marketing.funnel.deals d ON d.mql_id = l.mql_id
  UNION ALL
  SELECT 'churn', count(*) FILTER (WHERE churned), count(*) FROM success.customers.customers
  UNION ALL
  SELECT 'attrition', count(*) FILTER (WHERE attrition), count(*) FROM people.staff.employees
  UNION ALL
  SELECT 'machine failure', count(*) FILTER (WHERE failed), count(*) FROM manufacturing.machines.runs
)
SELECT kpi, part, whole, part / whole AS rate FROM counted
