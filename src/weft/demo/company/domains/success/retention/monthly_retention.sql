-- The cohort is fixed by who paid twelve months before.
SELECT b.month, count(*) AS customers_then, count(*) FILTER (WHERE b.arr > 0) AS customers_now,
  sum(a.arr) AS arr_then, sum(b.arr) AS arr_now, sum(least(a.arr, b.arr)) AS arr_kept
FROM success.customers.arr_history a
JOIN success.customers.arr_history b ON b.company_id = a.company_id AND b.month = a.month + INTERVAL 12 MONTH
WHERE a.arr > 0
GROUP BY b.month
