"""Files in a folder: text, JSON, Parquet, XLSX, XML, also in gzip and zip. The kind stands in `kind.py`."""
