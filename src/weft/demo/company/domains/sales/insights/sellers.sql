-- One row per seller: what was won, and how many tickets of those accounts are open.
WITH won AS (
  SELECT seller, count(*) AS won_deals, sum(amount) AS won_amount
  FROM sales.pipeline.deals WHERE stage = 'Won' GROUP BY seller
), looked_after AS (
  SELECT DISTINCT seller, account_id FROM sales.pipeline.deals
), tickets AS (
  SELECT l.seller, count(*) AS open_tickets
  FROM looked_after l JOIN service.desk.tickets t ON t.account_id = l.account_id
  WHERE t.status = 'open' GROUP BY l.seller
)
SELECT w.seller, e.name, w.won_deals, w.won_amount, coalesce(t.open_tickets, 0) AS open_tickets
FROM won w
LEFT JOIN people.staff.employees e ON e.employee_id = w.seller
LEFT JOIN tickets t ON t.seller = w.seller
