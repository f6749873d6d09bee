"""One file a fold: each module holds a `FOLD`, and the functions that read its rows.

What the folds read in `Event.data` (anything may be missing):

| event | subject | data |
|---|---|---|
| run.started | product | run, product |
| run.finished | product | run, product, result (a Run) |
| batch.committed | table | run, sequence, rows, quarantined |
| quarantine.added | table | rows |
| quarantine.replayed | table | rows, left |
| quality.checked | table | run, findings (Finding without table), waiting (rules not due), part (judged again) |
| publication.published, held, forced, discarded | table | version, log_version, rows, run, reason |
| incident.raised | table | rule, severity, text, run |
| table.expired | table | rows, part |
| drift.found | table | found |
| source.vanished | table | file |
| read.allowed, read.refused, unpublished.looked | table | purpose |

A table is named by its key, `domain.product.table@major`.
"""
