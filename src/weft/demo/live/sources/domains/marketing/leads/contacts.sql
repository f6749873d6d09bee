SELECT id AS contact_id, lower(email) AS email, firstname AS first_name, lastname AS last_name, country,
  lifecyclestage AS stage, hs_analytics_source AS source, hs_legal_basis AS legal_basis, hubspotscore AS score,
  hs_lifecyclestage_lead_date AS lead_at, hs_lifecyclestage_marketingqualifiedlead_date AS mql_at,
  hs_lifecyclestage_salesqualifiedlead_date AS sql_at, hs_lifecyclestage_customer_date AS customer_at
FROM hubspot.contacts
