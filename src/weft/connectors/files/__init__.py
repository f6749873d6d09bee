"""Files in a folder: CSV, TSV, pipe, JSON, JSON Lines, Parquet, also in gzip and zip. The kind stands in `kind.py`."""
