-- Salesforce: data export, CSV per object, everything quoted; the daily snapshot is one file a month.
CREATE MACRO clocked(day, n) AS strftime(day + to_minutes((420 + dice(n, 'minute', 600))::INTEGER), '%Y-%m-%dT%H:%M:00.000Z');

COPY (
  SELECT id AS Id, name AS Name, pick(['Customer', 'Prospect', 'Partner'], n, 'type') AS Type,
    pick(['Apparel', 'Automotive', 'Home', 'Medical'], n, 'industry') AS Industry,
    CASE WHEN n % 97 = 5 THEN 'Germany' ELSE country END AS BillingCountry,
    CASE WHEN n % 301 = 7 THEN 'unknown' ELSE (10 + dice(n, 'staff', 900))::VARCHAR END AS NumberOfEmployees,
    sfid('005', 1 + dice(n, 'owner', 39)) AS OwnerId, clocked(created, n) AS CreatedDate, 'false' AS IsDeleted
  FROM (SELECT *, 0 AS again FROM accounts UNION ALL SELECT *, 1 FROM accounts WHERE n % 50 = 11) ORDER BY again, n
) TO '{out}/salesforce/Account.csv' (FORCE_QUOTE *);

COPY (
  SELECT sfid('003', n) AS Id, sfid('001', n % 1200) AS AccountId, pick(getvariable('first_names'), n, 'cf') AS FirstName,
    pick(getvariable('last_names'), n, 'cl') AS LastName,
    CASE WHEN n % 299 = 17 THEN 'no mail' ELSE concat('contact', n, '@customer', n % 1200, '.example') END AS Email,
    (dice(n, 'optout', 12) = 0)::VARCHAR AS HasOptedOutOfEmail, clocked(getvariable('first_day') + (n % 900)::INTEGER, n) AS CreatedDate
  FROM range(3600) AS t(n)
) TO '{out}/salesforce/Contact.csv' (FORCE_QUOTE *);

COPY (
  SELECT sfid('005', n) AS Id, email AS Username, name AS Name, email AS Email, (left_on IS NULL)::VARCHAR AS IsActive,
    CASE WHEN n IN (7, 23) THEN lower(employee_id) ELSE employee_id END AS EmployeeNumber,
    CASE WHEN n > 0 THEN sfid('005', 0) END AS ManagerId
  FROM workers WHERE n < 40
) TO '{out}/salesforce/User.csv' (FORCE_QUOTE *);

COPY (
  SELECT sfid('701', n) AS Id, concat(pick(['Spring', 'Summer', 'Autumn', 'Winter'], n, 's'), ' ',
      pick(['Fair', 'Webinar', 'Mailing', 'Roadshow'], n, 'k'), ' ', 2023 + n // 16) AS Name,
    'Completed' AS Status, getvariable('first_day') + (n * 22)::INTEGER AS StartDate, (2000 + 100 * dice(n, 'cost', 180)) AS ActualCost
  FROM range(48) AS t(n)
) TO '{out}/salesforce/Campaign.csv' (FORCE_QUOTE *);

CREATE TABLE stages AS
SELECT o.n, o.id, d.day, CASE WHEN d.day = closes AND won THEN 'Closed Won' WHEN d.day = closes THEN 'Closed Lost'
    WHEN p < 20 THEN 'Prospecting' WHEN p < 40 THEN 'Qualification' WHEN p < 65 THEN 'Proposal' ELSE 'Negotiation' END AS stage,
  CASE WHEN p < 40 THEN round(o.amount * (90 + dice(o.n, 'guess', 21)) / 100, 2) ELSE o.amount END::DECIMAL(12, 2) AS amount,
  greatest(d.day, CASE WHEN p < 50 THEN closes - dice(o.n, 'slip', 40)::INTEGER ELSE closes END) AS close_date
FROM opportunities o JOIN days d ON d.day BETWEEN o.created AND o.closes
CROSS JOIN LATERAL (SELECT date_diff('day', o.created, d.day) * 100 // o.takes AS p);
CREATE TABLE odds AS FROM (VALUES ('Prospecting', 10, 'Pipeline'), ('Qualification', 25, 'Pipeline'), ('Proposal', 50, 'Best Case'),
  ('Negotiation', 75, 'Commit'), ('Closed Won', 100, 'Closed'), ('Closed Lost', 0, 'Omitted')) AS t(stage, probability, category);

-- The export repeats what changed late, sixty rows.
COPY (
  SELECT o.id AS Id, sfid('001', o.account) AS AccountId, concat('Deal ', o.n) AS Name, s.stage AS StageName,
    CASE WHEN o.n % 400 = 33 THEN 'tbd' ELSE s.amount::VARCHAR END AS Amount, p.probability AS Probability, s.close_date AS CloseDate,
    (s.stage LIKE 'Closed%')::VARCHAR AS IsClosed, (s.stage = 'Closed Won')::VARCHAR AS IsWon, p.category AS ForecastCategoryName,
    CASE WHEN dice(o.n, 'camp', 3) = 0 THEN sfid('701', least(47, date_diff('day', getvariable('first_day'), o.created) // 22)) END AS CampaignId,
    sfid('005', o.seller) AS OwnerId, o.source AS LeadSource, clocked(o.created, o.n) AS CreatedDate, clocked(s.day, o.n + 1) AS LastModifiedDate
  FROM (SELECT *, 0 AS again FROM opportunities UNION ALL SELECT *, 1 FROM opportunities WHERE n % 50 = 21) o
  JOIN (SELECT * FROM stages QUALIFY row_number() OVER (PARTITION BY n ORDER BY day DESC) = 1) s USING (n)
  JOIN odds p ON p.stage = s.stage ORDER BY o.again, o.n
) TO '{out}/salesforce/Opportunity.csv' (FORCE_QUOTE *);

COPY (
  SELECT sfid('00k', o.n * 2 + k) AS Id, o.id AS OpportunityId,
    CASE WHEN i.item = 3 AND dice(o.n, 'typo', 6) = 0 THEN 'LoomPro' ELSE i.name END AS ProductName,
    q AS Quantity, i.price AS UnitPrice, (q * i.price)::DECIMAL(12, 2) AS TotalPrice
  FROM opportunities o, range(2) AS t(k), items i CROSS JOIN LATERAL (SELECT 1 + dice(o.n * 2 + k, 'q', 40) AS q)
  WHERE i.item = 1 + dice(o.n * 2 + k, 'item', 5) AND (k = 0 OR o.n % 2 = 0) ORDER BY 1
) TO '{out}/salesforce/OpportunityLineItem.csv' (FORCE_QUOTE *);

COPY (
  SELECT sfid('008', row_number() OVER (ORDER BY day, n)) AS Id, id AS OpportunityId, stage AS StageName, amount AS Amount,
    probability AS Probability, close_date AS CloseDate, category AS ForecastCategory, clocked(day, n) AS CreatedDate
  FROM (SELECT * FROM stages QUALIFY row_number() OVER (PARTITION BY n, stage ORDER BY day) = 1) JOIN odds USING (stage) ORDER BY 1
) TO '{out}/salesforce/OpportunityHistory.csv' (FORCE_QUOTE *);

-- Rows that a snapshot missed come with the next month's file. From April 2025 the export has other columns.
CREATE TABLE snapshots AS
SELECT s.*, probability, category, strftime(CASE WHEN n % 50 = 7 AND day(s.day) >= 28 THEN s.day + 5 ELSE s.day END, '%Y-%m') AS file,
  pick(['Call', 'Visit', 'Send offer', 'Wait'], n, 'next') AS next
FROM stages s JOIN odds USING (stage);
