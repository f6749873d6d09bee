-- Gainsight knows the customer, Salesforce the country, NetSuite the money, Jira the trouble.
WITH used AS (
  SELECT company_id, sum(loom_hours) AS hours FROM success.usage.daily_usage
  WHERE day > DATE '2026-08-31' GROUP BY company_id
), asked AS (
  SELECT company_id, avg(score) AS nps FROM success.customers.surveys
  WHERE responded_on >= DATE '2026-01-01' GROUP BY company_id
)
SELECT c.company_id, a.account_id, c.name, a.country, c.arr, c.score,
  coalesce(r.revenue, 0) AS revenue_2026, coalesce(i.open_issues, 0) AS open_issues,
  coalesce(u.hours, 0) AS loom_hours_30d, CAST(n.nps AS DECIMAL(10, 2)) AS nps
FROM success.customers.companies c
LEFT JOIN sales.crm.accounts a ON a.account_id = c.account_id
LEFT JOIN finance.margin.customer_revenue r ON r.account_id = c.account_id AND r.year = 2026
LEFT JOIN product.delivery.account_issues i ON i.account_id = c.account_id
LEFT JOIN used u ON u.company_id = c.company_id
LEFT JOIN asked n ON n.company_id = c.company_id
