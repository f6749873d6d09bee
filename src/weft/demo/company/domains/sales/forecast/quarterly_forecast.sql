-- A quarter's forecast on the first of each month: what is won, and what is open times its chance.
WITH seen AS (
  SELECT snapshot_date, CAST(date_trunc('quarter', close_date) AS DATE) AS quarter,
    sum(amount) AS open_amount, sum(amount * probability) / 100 AS weighted_amount,
    sum(CASE WHEN forecast_category = 'Commit' THEN amount ELSE 0 END) AS commit_amount
  FROM sales.snapshots.opportunity_snapshots
  WHERE day(snapshot_date) = 1 AND stage NOT LIKE 'Closed%'
  GROUP BY ALL
), won AS (
  SELECT s.snapshot_date, s.quarter, sum(o.amount) AS closed_amount
  FROM seen s JOIN sales.pipeline.opportunities o
    ON o.is_won AND date_trunc('quarter', o.close_date) = s.quarter AND o.close_date < s.snapshot_date
  GROUP BY ALL
)
SELECT s.snapshot_date, s.quarter, s.open_amount, CAST(s.weighted_amount AS DECIMAL(38, 2)) AS weighted_amount,
  s.commit_amount, coalesce(w.closed_amount, 0) AS closed_amount,
  CAST(coalesce(w.closed_amount, 0) + s.weighted_amount AS DECIMAL(38, 2)) AS forecast
FROM seen s LEFT JOIN won w ON w.snapshot_date = s.snapshot_date AND w.quarter = s.quarter
