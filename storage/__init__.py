"""The encrypted vault: keys, sealing, imports, access log. Knows no Qt and no policy."""
