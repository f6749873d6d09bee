-- Who won what in which year; the person as Workday knows her.
SELECT year(o.close_date) AS year, w.employee_id, w.name AS seller, w.status,
  count(*) FILTER (WHERE o.is_won) AS won_deals, sum(o.amount) FILTER (WHERE o.is_won) AS won_amount,
  count(*) FILTER (WHERE NOT o.is_won) AS lost_deals
FROM sales.pipeline.opportunities o
JOIN sales.crm.users u ON u.user_id = o.owner_id
JOIN people.staff.workers w ON w.employee_id = u.employee_id
WHERE o.is_closed
GROUP BY ALL
