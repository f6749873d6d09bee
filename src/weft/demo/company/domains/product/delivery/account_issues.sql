SELECT account_id, count(*) FILTER (WHERE status <> 'Done') AS open_issues, count(*) AS all_issues
FROM product.issues.issues WHERE account_id IS NOT NULL GROUP BY account_id
