"""How well descriptions of real interfaces are recognised, against tables made by hand (`truth/*.tsv`).

A line of a table is a GET operation that lists records: path, where they lie (`$` = the answer itself, `*` = the
document does not say), how it is paged; `|` separates what is right as well. A path alone with `?` may be taken for a
list or not: people would disagree. What a table does not name lists nothing. The documents are their owners': they are
looked up or downloaded (`ADDRESSES`), and are no part of this repository.
"""
