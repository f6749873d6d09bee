-- One year of HubSpot's exports.
COPY (SELECT unnest(row) FROM lead_exports WHERE year = {year} ORDER BY n) TO '{out}/hubspot/contacts-{year}.jsonl';
COPY (
  SELECT campaign, strftime(day, '%Y-%m-%d') AS date, spend::VARCHAR AS spend, clicks::VARCHAR AS clicks, 'EUR' AS currency
  FROM spend WHERE year(day) = {year} ORDER BY day, campaign
) TO '{out}/exports/marketing/ad_spend-{year}.json' (ARRAY true);
