"""Folders that lie elsewhere: buckets of S3 and Azure, SFTP servers, web servers. Each is a `Place`."""
