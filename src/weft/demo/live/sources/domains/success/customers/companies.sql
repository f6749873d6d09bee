-- Gainsight gives days as milliseconds since 1970.
SELECT Gsid AS company_id, Name AS name, SfdcAccountId AS account_id, Stage AS stage, Csm AS csm_email, Arr AS arr,
  epoch_ms(Original_Contract_Date)::DATE AS contract_since, epoch_ms(Renewal_Date)::DATE AS renewal_on,
  CurrentScore AS score
FROM gainsight.company
