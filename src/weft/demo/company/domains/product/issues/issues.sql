-- Jira nests everything below fields; the product does not.
SELECT id AS issue_id, "key" AS issue_key, fields.summary AS summary, fields.issuetype.name AS kind,
  fields.status.name AS status, fields.priority.name AS priority, fields.created AS created_at,
  fields.resolutiondate AS resolved_at, fields.fixVersions[1].name AS fix_version,
  fields.assignee.emailAddress AS assignee_email, fields.customfield_10042 AS account_id
FROM atlassian.issues
