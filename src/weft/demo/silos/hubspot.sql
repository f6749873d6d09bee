-- HubSpot: contacts as JSON Lines a year, all properties strings; ad spend as a JSON array a year.
CREATE TABLE leads AS
WITH plain AS (
  SELECT n, getvariable('first_day') + (n * 1090 // 16000)::INTEGER AS created,
    CASE WHEN n < 3600 THEN concat('contact', n, '@customer', n % 1200, '.example')
      WHEN n % 89 = 3 THEN concat('Visitor', n - 1, '@mail', (n - 1) % 700, '.example')
      ELSE concat('visitor', n, '@mail', n % 700, '.example') END AS email,
    pick(['ORGANIC_SEARCH', 'PAID_SEARCH', 'SOCIAL_MEDIA', 'EMAIL_MARKETING', 'REFERRALS'], n, 'lead source') AS source
  FROM range(16000) AS t(n)
), mql AS (
  SELECT *, CASE WHEN dice(n, 'mql', 100) < 40 THEN created + dice(n, 'mqld', 30)::INTEGER END AS mql FROM plain
), sql AS (
  SELECT *, CASE WHEN dice(n, 'sql', 100) < CASE source WHEN 'REFERRALS' THEN 55 ELSE 33 END THEN mql + 1 + dice(n, 'sqld', 45)::INTEGER END AS sql
  FROM mql
)
SELECT *, CASE WHEN dice(n, 'cust', 100) < 25 THEN sql + 5 + dice(n, 'custd', 80)::INTEGER END AS customer FROM sql;
CREATE MACRO upto(day) AS CASE WHEN day <= getvariable('last_day') THEN strftime(day, '%Y-%m-%dT09:00:00.000Z') END;
CREATE TABLE lead_exports AS
SELECT year(created) AS year, n, {'id': (100000 + n)::VARCHAR, 'properties': {'email': email,
    'firstname': pick(getvariable('first_names'), n, 'lf'), 'lastname': pick(getvariable('last_names'), n, 'll'),
    'country': pick(getvariable('countries'), n, 'lc'),
    'lifecyclestage': CASE WHEN upto(customer) IS NOT NULL THEN 'customer' WHEN upto(sql) IS NOT NULL THEN 'salesqualifiedlead'
      WHEN upto(mql) IS NOT NULL THEN 'marketingqualifiedlead' ELSE 'lead' END,
    'hs_lifecyclestage_lead_date': upto(created), 'hs_lifecyclestage_marketingqualifiedlead_date': upto(mql),
    'hs_lifecyclestage_salesqualifiedlead_date': upto(sql), 'hs_lifecyclestage_customer_date': upto(customer),
    'hs_analytics_source': source, 'hs_legal_basis': pick(['Legitimate interest', 'Freely given consent', 'Not applicable'], n, 'gdpr'),
    'hubspotscore': CASE WHEN n % 1777 = 5 THEN 'N/A' ELSE dice(n, 'lead score', 100)::VARCHAR END},
  'createdAt': strftime(created, '%Y-%m-%dT08:00:00.000Z'),
  'updatedAt': strftime(least(coalesce(customer, sql, mql, created), getvariable('last_day')), '%Y-%m-%dT09:30:00.000Z'), 'archived': false} AS row
FROM leads;
CREATE TABLE spend AS
SELECT day, campaign, (dice(day, campaign, 40000) / 100 + CASE WHEN dayofweek(day) IN (0, 6) THEN 20 ELSE 180 END)::DECIMAL(10, 2) AS spend,
  40 + dice(day, concat(campaign, 'c'), 400) AS clicks
FROM days, (VALUES ('PAID_SEARCH/Brand'), ('PAID_SEARCH/Looms'), ('PAID_SEARCH/Service'), ('SOCIAL_MEDIA/Always on'),
  ('SOCIAL_MEDIA/Launches'), ('EMAIL_MARKETING/Newsletter')) AS t(campaign);
