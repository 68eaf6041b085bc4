"""Lambda; `provider.py` says where is what."""
