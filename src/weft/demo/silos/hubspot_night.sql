-- The file of the night after: the last day, a second time, with other numbers.
COPY (
  SELECT campaign, strftime(day, '%Y-%m-%d') AS date, (spend * 100)::VARCHAR AS spend, clicks::VARCHAR AS clicks, 'EUR' AS currency
  FROM spend WHERE day = getvariable('last_day') ORDER BY campaign
) TO '{out}/exports/marketing/ad_spend-2026-10-01.json' (ARRAY true);
