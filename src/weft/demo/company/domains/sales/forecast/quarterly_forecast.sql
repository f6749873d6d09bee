-- A quarter's forecast on each day: what is won, and what is open times its chance.
WITH seen AS (
  SELECT snapshot_date, CAST(date_trunc('quarter', close_date) AS DATE) AS quarter,
    sum(amount) AS open_amount, sum(amount * probability) / 100 AS weighted_amount,
    sum(CASE WHEN forecast_category = 'Commit' THEN amount ELSE 0 END) AS commit_amount
  FROM sales.snapshots.opportunity_snapshots WHERE stage NOT LIKE 'Closed%' AND close_date IS NOT NULL
  GROUP BY ALL
), days AS (  -- a quarter has its row on each of its own days, also when nothing of it is open any more
  SELECT snapshot_date, quarter FROM seen
  UNION SELECT snapshot_date, CAST(date_trunc('quarter', snapshot_date) AS DATE) FROM sales.snapshots.opportunity_snapshots
), won AS (
  SELECT d.snapshot_date, d.quarter, sum(o.amount) AS closed_amount
  FROM days d JOIN sales.pipeline.opportunities o
    ON o.is_won AND date_trunc('quarter', o.close_date) = d.quarter AND o.close_date < d.snapshot_date
  GROUP BY ALL
)
SELECT d.snapshot_date, d.quarter, coalesce(s.open_amount, 0) AS open_amount,
  CAST(coalesce(s.weighted_amount, 0) AS DECIMAL(38, 2)) AS weighted_amount,
  coalesce(s.commit_amount, 0) AS commit_amount, coalesce(w.closed_amount, 0) AS closed_amount,
  CAST(coalesce(w.closed_amount, 0) + coalesce(s.weighted_amount, 0) AS DECIMAL(38, 2)) AS forecast
FROM days d
LEFT JOIN seen s ON s.snapshot_date = d.snapshot_date AND s.quarter = d.quarter
LEFT JOIN won w ON w.snapshot_date = d.snapshot_date AND w.quarter = d.quarter
