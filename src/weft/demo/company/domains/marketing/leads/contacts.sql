-- HubSpot nests everything below properties; the product does not.
SELECT id AS contact_id, lower(properties.email) AS email, properties.firstname AS first_name,
  properties.lastname AS last_name, properties.country AS country, properties.lifecyclestage AS stage,
  properties.hs_analytics_source AS source, properties.hs_legal_basis AS legal_basis, properties.hubspotscore AS score,
  properties.hs_lifecyclestage_lead_date AS lead_at, properties.hs_lifecyclestage_marketingqualifiedlead_date AS mql_at,
  properties.hs_lifecyclestage_salesqualifiedlead_date AS sql_at, properties.hs_lifecyclestage_customer_date AS customer_at
FROM hubspot.contacts
