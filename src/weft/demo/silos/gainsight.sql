-- Gainsight: Parquet. Usage has a new column since 2026.
CREATE MACRO gsid(n) AS concat('1P02', lpad(n::VARCHAR, 14, '0'));
COPY (
  SELECT gsid(c.n) AS Gsid, c.name AS Name,
    CASE WHEN c.n % 61 = 4 THEN left(c.account_id, 15) ELSE c.account_id END AS SfdcAccountId,
    CASE WHEN churned <= getvariable('last_day') THEN 'Churned' ELSE pick(['Onboarding', 'Adoption', 'Renewal'], c.n, 'gs') END AS Stage,
    w.email AS Csm, m.arr::DECIMAL(14, 2) AS Arr, 'EUR' AS CurrencyIsoCode, since AS Original_Contract_Date,
    (since + to_years(date_diff('year', since, getvariable('last_day')) + 1))::DATE AS Renewal_Date, m.score::INTEGER AS CurrentScore,
    TIMESTAMP '2026-09-30 22:00:00' AS ModifiedDate
  FROM customers c JOIN workers w ON w.n = 171 + dice(c.n, 'csm', 29)
  LEFT JOIN customer_months m ON m.n = c.n AND m.m = 35 ORDER BY c.n
) TO '{out}/gainsight/company.parquet';
COPY (
  SELECT gsid(n) AS Gsid, month AS SnapshotMonth, arr::DECIMAL(14, 2) AS Arr, score::INTEGER AS Score FROM customer_months ORDER BY month, n
) TO '{out}/exports/success/company_history.parquet';
CREATE TABLE usage AS
SELECT c.n, d.day, (CASE WHEN dayofweek(d.day) IN (0, 6) THEN 2 ELSE 10 END * (1 + dice(c.n, 'users', 12)) + dice(c.n * 2000 + date_diff('day', DATE '2023-01-01', d.day), 'u', 8)) AS users,
  dice(c.n * 2000 + date_diff('day', DATE '2023-01-01', d.day), 'h', 160) AS hours
FROM customers c JOIN days d ON d.day >= c.since AND d.day < coalesce(c.churned, DATE '2099-01-01');
COPY (SELECT gsid(n) AS Gsid, day AS Date, users AS ActiveUsers, hours AS LoomHours FROM usage WHERE day < DATE '2025-01-01' ORDER BY day, n)
  TO '{out}/exports/success/usage-2023-2024.parquet';
COPY (SELECT gsid(n) AS Gsid, day AS Date, users AS ActiveUsers, hours AS LoomHours FROM usage WHERE year(day) = 2025 ORDER BY day, n)
  TO '{out}/exports/success/usage-2025.parquet';
COPY (SELECT gsid(n) AS Gsid, day AS Date, users AS ActiveUsers, hours AS LoomHours, users // 3 AS MobileUsers FROM usage WHERE year(day) = 2026 ORDER BY day, n)
  TO '{out}/exports/success/usage-2026.parquet';
COPY (
  SELECT concat('1R0', n) AS ResponseId, gsid(dice(n, 'nc', 300)) AS CompanyGsid, CASE WHEN n % 900 = 40 THEN 11 ELSE 3 + dice(n, 'nps', 8) END::INTEGER AS Score,
    getvariable('first_day') + (n * 1090 // 3000)::INTEGER AS RespondedOn, concat('user', n, '@customer', dice(n, 'nc', 300), '.example') AS Email
  FROM range(3000) AS t(n)
) TO '{out}/exports/success/nps_response.parquet';
