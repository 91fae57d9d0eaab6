"""The store: PostGIS tables, the log, positions."""
