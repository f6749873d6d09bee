-- One month of Salesforce's daily snapshot.
COPY (
  SELECT day AS SnapshotDate__c, id AS OpportunityId, stage AS StageName, amount AS Amount, probability AS Probability,
    close_date AS CloseDate, category AS ForecastCategoryName, {next}
  FROM snapshots WHERE file = '{month}' ORDER BY day, id
) TO '{out}/exports/sales/Opportunity_Snapshot__c-{month}.csv' (FORCE_QUOTE *);
