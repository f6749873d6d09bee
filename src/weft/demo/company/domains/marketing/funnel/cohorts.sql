-- One person counts once, with the first date of each step. Addresses are hashed here, and join all the same.
WITH people AS (
  SELECT email, any_value(source ORDER BY contact_id) AS source, min(mql_at) AS mql_at, min(sql_at) AS sql_at,
    min(customer_at) AS customer_at
  FROM marketing.leads.contacts GROUP BY email
), known AS (
  SELECT DISTINCT email FROM sales.crm.contacts
), spent AS (
  SELECT CAST(date_trunc('month', day) AS DATE) AS month, split_part(campaign, '/', 1) AS source, sum(spend) AS spend
  FROM marketing.spend.ad_spend GROUP BY ALL
), cohorts AS (
  SELECT CAST(date_trunc('month', p.mql_at) AS DATE) AS month, p.source, count(*) AS mqls, count(p.sql_at) AS sqls,
    count(p.customer_at) AS customers, count(k.email) AS known_to_sales,
    avg(date_diff('day', p.mql_at, p.sql_at)) AS days_to_sql
  FROM people p LEFT JOIN known k ON k.email = p.email WHERE p.mql_at IS NOT NULL GROUP BY ALL
)
SELECT c.month, c.source, c.mqls, c.sqls, c.customers, c.known_to_sales,
  CAST(c.days_to_sql AS DECIMAL(10, 2)) AS days_to_sql, coalesce(s.spend, 0) AS spend
FROM cohorts c LEFT JOIN spent s ON s.month = c.month AND s.source = c.source
