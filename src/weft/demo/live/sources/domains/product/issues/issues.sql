SELECT id AS issue_id, "key" AS issue_key, summary, issuetype.name AS kind, status.name AS status,
  priority.name AS priority, created AS created_at, resolutiondate AS resolved_at, fixVersions[1].name AS fix_version,
  assignee.emailAddress AS assignee_email, customfield_10042 AS account_id
FROM atlassian.issues
