"""connector.yaml as frozen values."""
